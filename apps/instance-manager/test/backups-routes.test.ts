import { backupJobListSchema } from "@redis-operator/client/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bucket, countSaves, type JobInstance, startJobInstance } from "./backups-fixture.ts";

describe("the routes of the jobs", () => {
  let instance: JobInstance;
  beforeAll(async () => {
    instance = await startJobInstance();
  });
  afterAll(() => instance[Symbol.asyncDispose]());

  it("answer an empty list before the first backup", async () => {
    expect(await instance.send("GET /v1/backups")).toMatchObject({ status: 200, json: { backups: [] } });
  });

  it("list the newest first", async () => {
    for (const backupName of ["first", "second"]) {
      await instance.send("POST /v1/backup", { body: instance.request({ backupName }) });
    }
    const { json } = await instance.send("GET /v1/backups");
    const { backups } = backupJobListSchema.parse(json);
    expect(json).toEqual({ backups });
    expect(backups.map(({ backupName }) => backupName)).toEqual(["second", "first"]);
  });

  it.each(["GET", "DELETE"])("answer 404 to %s of a backup that is not known", async (method) => {
    expect(await instance.send(`${method} /v1/backups/unknown`)).toMatchObject({
      status: 404,
      code: "BACKUP_NOT_FOUND",
    });
  });

  it.each(["Nightly", "a_b", "..%2F..", "%00", "a".repeat(254), "a%20b"])(
    "answer 400 to %s, which can be no name",
    async (name) => {
      for (const method of ["GET", "DELETE"]) {
        expect(await instance.send(`${method} /v1/backups/${name}`)).toMatchObject({
          status: 400,
          code: "INVALID_REQUEST",
        });
      }
    },
  );

  it.each(["/v1/backups/", "/v1/backups/a/b", "/v1/Backups"])("answer 404 to %s", async (path) => {
    expect(await instance.send(`GET ${path}`)).toMatchObject({ status: 404, code: "NOT_FOUND" });
  });

  it.each([
    ["POST /v1/backups", "GET, HEAD"],
    ["DELETE /v1/backups", "GET, HEAD"],
    ["POST /v1/backups/nightly", "GET, HEAD, DELETE"],
    ["PUT /v1/backups/prune", "GET, HEAD, DELETE, POST"],
  ])("answer 405 to %s", async (request, allow) => {
    const refused = await instance.send(request);
    expect(refused).toMatchObject({ status: 405, code: "METHOD_NOT_ALLOWED" });
    expect(refused.headers.get("allow")).toBe(allow);
  });

  it("answer HEAD as GET, without a body", async () => {
    for (const path of ["/v1/backups", "/v1/backups/first"]) {
      expect(await instance.send(`HEAD ${path}`)).toMatchObject({ status: 200, json: undefined });
    }
    expect((await instance.send("HEAD /v1/backups/unknown")).status).toBe(404);
  });

  it.each(["force", "force=", "force=yes", "force=1"])("refuse the query %s", async (query) => {
    const refused = await instance.send(`POST /v1/backup?${query}`, { body: instance.request() });
    expect(refused).toMatchObject({ status: 400, code: "INVALID_REQUEST" });
  });
});

describe("destinations that are restricted", () => {
  it("refuse every other one with 403, before anything is done", async () => {
    await using instance = await startJobInstance({
      env: { BACKUP_ALLOWED_DESTINATIONS: `/elsewhere, */${bucket}/prod` },
    });
    for (const s3 of [{}, { path: "production" }, { path: "prod", bucket: "other" }]) {
      const body = instance.request({ keepLast: 1 }, s3);
      for (const request of ["POST /v1/backup", "POST /v1/backups/prune"]) {
        expect(await instance.send(request, { body })).toMatchObject({
          status: 403,
          code: "DESTINATION_NOT_ALLOWED",
        });
      }
    }
    expect(await countSaves(instance)).toBe(0);
    const allowed = instance.request({}, { path: "prod/redis" });
    expect(await instance.send("POST /v1/backup", { body: allowed })).toMatchObject({ status: 200 });
  });

  it("end a manager at its start that can't read them", async () => {
    const started = startJobInstance({ env: { BACKUP_ALLOWED_DESTINATIONS: "https://minio/backups" } });
    await expect(started).rejects.toThrow(/BACKUP_ALLOWED_DESTINATIONS: expected \[endpoint-host\]\/bucket/);
  });
});

describe("a prune", () => {
  it("tells what it would delete unless told to do it, and then does", async () => {
    await using instance = await startJobInstance();
    for (const backupName of ["first", "second", "third"]) {
      await instance.send("POST /v1/backup", { body: instance.request({ backupName }) });
    }
    const prune = (fields: object) =>
      instance.send("POST /v1/backups/prune", { body: instance.request({ keepLast: 2, ...fields }) });
    const names = { kept: ["third", "second"], deleted: ["first"] };
    const ofNames = ({ kept, deleted }: typeof names) => ({
      kept: kept.map((backupName) => expect.objectContaining({ backupName })),
      deleted: deleted.map((backupName) => expect.objectContaining({ backupName })),
    });
    expect(await prune({})).toMatchObject({ status: 200, json: { dryRun: true, ...ofNames(names) } });
    expect(await prune({})).toMatchObject({ json: ofNames(names) });
    expect(await prune({ dryRun: false })).toMatchObject({ json: { dryRun: false, ...ofNames(names) } });
    expect(await prune({})).toMatchObject({ json: ofNames({ ...names, deleted: [] }) });
    await expect(instance.store.readObject(bucket, "first.rdb")).rejects.toThrow("404");
    expect(await instance.store.readObject(bucket, "third.rdb.metadata.json")).not.toHaveLength(0);
  });

  it("is refused without a rule, or with one that is none", async () => {
    await using instance = await startJobInstance();
    for (const fields of [{}, { keepLast: 0 }, { keepFor: "forever" }, { keepLast: 1, dryRun: "no" }]) {
      const body = instance.request(fields);
      expect(await instance.send("POST /v1/backups/prune", { body })).toMatchObject({
        status: 400,
        code: "INVALID_REQUEST",
      });
    }
  });

  it("answers 500 PRUNE_FAILED with what the store says", async () => {
    await using instance = await startJobInstance();
    const body = instance.request({ keepLast: 1 }, { bucket: "missing" });
    const failed = await instance.send("POST /v1/backups/prune", { body });
    expect(failed).toMatchObject({ status: 500, code: "PRUNE_FAILED" });
    expect(JSON.stringify(failed.json)).toContain("NoSuchBucket");
  });
});
