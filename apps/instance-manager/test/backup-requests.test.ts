import { describe, expect, it } from "vitest";
import { ask, failureOf, post } from "./answer.ts";
import { share, startAttached } from "./instance.ts";

const instance = share(() => startAttached());

const valid = { backupName: "nightly", method: "rdb", destination: { s3: { bucket: "my-bucket" } } };
const withS3 = (s3: unknown) => ({ ...valid, destination: { s3 } });

const refuse = async (body?: unknown) => failureOf(await post(instance(), "/v1/backup", body));
const invalid = (named: string) => ({
  status: 400,
  code: "INVALID_REQUEST",
  message: expect.stringContaining(named),
});

describe("a body of POST /v1/backup that is no object", () => {
  it.each(["", " ", "{", "backupName=nightly", '{"backupName":"nightly",}', "\u0000", "NaN", "{}{}", "'{}'"])(
    "gets 400 for %j: no JSON",
    async (body) => {
      expect(failureOf(await ask(instance(), "/v1/backup", { method: "POST", body }))).toEqual(
        invalid("no JSON"),
      );
    },
  );

  it("gets 400 when there is none at all", async () => {
    expect(await refuse()).toEqual(invalid("no JSON"));
  });

  it.each([null, [], [valid], "text", 7, true])("gets 400 for %j: the wrong type", async (body) => {
    expect(await refuse(body)).toEqual(invalid(""));
  });

  it("gets 400 for JSON that is nested without an end in sight", async () => {
    const body = "[".repeat(60_000);
    expect(failureOf(await ask(instance(), "/v1/backup", { method: "POST", body })).status).toBe(400);
  });

  it("gets 400 with one short line for JSON that is wrong in a thousand places", async () => {
    const body = { ...valid, backupName: Array.from({ length: 5_000 }, () => 1), method: 7, destination: [] };
    const answer = await post(instance(), "/v1/backup", body);
    expect(answer.status).toBe(400);
    expect(answer.body.length).toBeLessThan(1_000);
  });
});

describe("a backupName", () => {
  it.each([
    undefined,
    null,
    "",
    7,
    ["nightly"],
    {},
    "Nightly",
    "nightly_1",
    "nightly/1",
    "..",
    "../../etc/passwd",
    "a..b",
    ".nightly",
    "nightly.",
    "-nightly",
    "nightly-",
    "night ly",
    "nightly\n",
    "nightly\u0000",
    "nächtlich",
    "a".repeat(254),
  ])("%j gets 400", async (backupName) => {
    expect(await refuse({ ...valid, backupName })).toEqual(invalid("backupName"));
  });

  it.each(["a", "0", "a.b-c.9", "nightly-2026-11-22", "a".repeat(253)])(
    "%.20s is taken",
    async (backupName) => {
      // Refused for its method, and for that alone.
      expect((await refuse({ ...valid, backupName, method: "no" })).message).not.toContain("backupName");
    },
  );
});

describe("a method", () => {
  it.each(["RDB", "snapshot", " rdb", 7, null, ["rdb"]])("%j gets 400", async (method) => {
    expect(await refuse({ ...valid, method })).toEqual(invalid("method"));
  });
});

describe("a destination", () => {
  it.each([undefined, null, "s3://my-bucket", [], {}])("%j gets 400", async (destination) => {
    expect(await refuse({ ...valid, destination })).toEqual(invalid("destination"));
  });

  it.each([
    [undefined, "s3"],
    ["my-bucket", "s3"],
    [{}, "bucket"],
    [{ bucket: "" }, "bucket"],
    [{ bucket: null }, "bucket"],
    [{ bucket: "a/b" }, "bucket"],
    [{ bucket: "a\\b" }, "bucket"],
    [{ bucket: "a\nb" }, "bucket"],
    [{ bucket: ".." }, "bucket"],
    [{ bucket: "b", path: 7 }, "path"],
    [{ bucket: "b", path: null }, "path"],
    [{ bucket: "b", path: ".." }, "path"],
    [{ bucket: "b", path: "/../a" }, "path"],
    [{ bucket: "b", path: "a/../b" }, "path"],
    [{ bucket: "b", path: "a/.." }, "path"],
    [{ bucket: "b", path: "a\u0000b" }, "path"],
    [{ bucket: "b", path: "a\r\nb" }, "path"],
    [{ bucket: "b", path: "a\u007fb" }, "path"],
    [{ bucket: "b", path: "a".repeat(2_000) }, "path"],
    [{ bucket: "b", endpoint: "s3.example.com" }, "endpoint"],
    [{ bucket: "b", endpoint: "ftp://s3.example.com" }, "endpoint"],
    [{ bucket: "b", endpoint: "file:///etc/passwd" }, "endpoint"],
    [{ bucket: "b", endpoint: "http://" }, "endpoint"],
    [{ bucket: "b", endpoint: "http://a b" }, "endpoint"],
    [{ bucket: "b", endpoint: "http://a\nb" }, "endpoint"],
    [{ bucket: "b", endpoint: 7 }, "endpoint"],
    [{ bucket: "b", region: 7 }, "region"],
    [{ bucket: "b", region: "eu\nwest" }, "region"],
  ])("with s3 %j gets 400 that names it", async (s3, named) => {
    expect(await refuse(withS3(s3))).toEqual(invalid(named));
  });
});

describe("a refused request", () => {
  it("names all that is wrong at once", async () => {
    const { message } = await refuse({ backupName: "A", method: "x", destination: { s3: { bucket: "" } } });
    for (const field of ["backupName", "method", "destination.s3.bucket"]) expect(message).toContain(field);
  });

  it("doesn't repeat what it was sent", async () => {
    const secret = "AKIA-SENT-BY-MISTAKE";
    const answer = await post(
      instance(),
      "/v1/backup",
      withS3({ bucket: `${secret}\n`, endpoint: `x://u:${secret}@h` }),
    );
    expect(answer.body).not.toContain(secret);
    expect(instance().process.output()).not.toContain(secret);
  });

  it("has not put Redis to work", async () => {
    expect(await instance().redis.client.info("persistence")).toMatch(/^rdb_saves:0\r$/m);
  });
});
