import { routes } from "@redis-operator/client/contract";
import { describe, expect, it } from "vitest";
import { ask, failureOf, plainText, post } from "./answer.ts";
import { share, startAttached } from "./instance.ts";
import { sendRaw } from "./raw-request.ts";

const instance = share(() => startAttached());

const probePaths: ReadonlySet<string> = new Set([routes.healthz.path, routes.readyz.path]);
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

const allRoutes = Object.values(routes).map((route) => ({
  ...route,
  path: route.path.replace(":name", "none"),
}));

/** By path, in the order of the routes. */
const allowed = new Map<string, readonly string[]>();
for (const { path, method } of allRoutes) {
  const more = method === "GET" ? ["GET", "HEAD"] : [method];
  allowed.set(path, [...(allowed.get(path) ?? []), ...more]);
}
// A backup may be called prune.
allowed.set(routes.pruneBackups.path, ["GET", "HEAD", "DELETE", "POST"]);

const wrongMethods = Array.from(allowed).flatMap(([path, right]) =>
  methods.filter((name) => !right.includes(name)).map((name) => [name, path, right.join(", ")] as const),
);

async function refuse(wrong: string, path: string) {
  const response = await fetch(`${instance().url}${path}`, { method: wrong });
  const type = response.headers.get("content-type");
  return { status: response.status, allow: response.headers.get("allow"), type, body: await response.text() };
}

describe("a method that a path doesn't have", () => {
  it.each(wrongMethods.filter(([wrong]) => wrong === "HEAD"))(
    "%s %s gets 405 with Allow",
    async (wrong, path) => {
      expect(await refuse(wrong, path)).toMatchObject({ status: 405, allow: "POST", body: "" });
    },
  );

  it.each(wrongMethods.filter(([wrong, path]) => wrong !== "HEAD" && probePaths.has(path)))(
    "%s %s gets 405 with Allow, as one line of plain text",
    async (wrong, path) => {
      const body = expect.stringMatching(/^[^\n{]+$/);
      expect(await refuse(wrong, path)).toEqual({ ...plainText(405, ""), body, allow: "GET, HEAD" });
    },
  );

  it.each(wrongMethods.filter(([wrong, path]) => wrong !== "HEAD" && !probePaths.has(path)))(
    "%s %s gets 405 with Allow, as JSON",
    async (wrong, path, right) => {
      const { allow, ...answer } = await refuse(wrong, path);
      expect(allow).toBe(right);
      expect(failureOf(answer)).toMatchObject({ status: 405, code: "METHOD_NOT_ALLOWED" });
    },
  );

  it("has changed nothing", async () => {
    expect(await ask(instance(), "/v1/status")).toMatchObject({ body: expect.stringContaining('"master"') });
  });
});

describe("HEAD", () => {
  it.each(allRoutes.filter(({ method }) => method === "GET").map(({ path }) => path))(
    "on %s answers as GET does, without the body",
    async (path) => {
      const get = await ask(instance(), path);
      const head = await ask(instance(), path, { method: "HEAD" });
      expect(head).toEqual({ ...get, body: "" });
      expect(get.status).toBe(path === "/v1/backups/none" ? 404 : 200);
    },
  );
});

describe("a path that there isn't", () => {
  it.each([
    "/",
    "/v1",
    "/v1/",
    "/v1/status/",
    "/v1/Status",
    "/v2/status",
    "/v1/status/x",
    "//v1/status",
    "/v1//status",
    "/healthz/",
    "/readyz/x",
    "/metrics/",
    "/livez",
    "/favicon.ico",
    "/v1/status%2f",
    "/v1/status%00",
    "/%E0%A4%A",
    "/v1/../v1/statusx",
    `/${"x".repeat(8_000)}`,
  ])("%.40s gets 404 in JSON, whatever the method", async (path) => {
    for (const method of ["GET", "POST", "PUT", "OPTIONS"]) {
      const failure = failureOf(await ask(instance(), path, { method }));
      expect(failure).toMatchObject({ status: 404, code: "NOT_FOUND" });
      expect(failure.message.length).toBeLessThan(300);
    }
    expect(await ask(instance(), path, { method: "HEAD" })).toMatchObject({ status: 404, body: "" });
  });
});

describe("a query that nobody asked for", () => {
  it.each(["/healthz", "/readyz", "/v1/status", "/metrics"])("is ignored on %s", async (path) => {
    for (const query of ["?", "?a=b", "?%", "?=&&=", "?__proto__=1", `?${"x".repeat(4_000)}`]) {
      expect(await ask(instance(), `${path}${query}`)).toMatchObject({ status: 200 });
    }
  });
});

describe("a body over the size limit", () => {
  const tooLarge = "x".repeat(65 * 1024);

  it.each(["/v1/backup", "/v1/promote", "/v1/demote?primaryIP=127.0.0.1"])(
    "gets 413 on %s, whether its length is announced or not",
    async (path) => {
      const announced = await ask(instance(), path, { method: "POST", body: tooLarge });
      expect(failureOf(announced)).toMatchObject({ status: 413, code: "PAYLOAD_TOO_LARGE" });
      const stream = new Blob([tooLarge]).stream();
      const chunked = await fetch(`${instance().url}${path}`, {
        method: "POST",
        body: stream,
        duplex: "half",
      });
      expect([chunked.status, await chunked.json()]).toMatchObject([
        413,
        { error: { code: "PAYLOAD_TOO_LARGE" } },
      ]);
    },
  );

  it("gets 413 before it was sent", async () => {
    const head = ["POST /v1/backup HTTP/1.1", "Host: pod", "Content-Length: 100000000"];
    expect((await sendRaw(instance(), head)).statusLine).toBe("HTTP/1.1 413 Payload Too Large");
  });

  it("leaves the instance as it was", async () => {
    expect(await ask(instance(), "/v1/status")).toMatchObject({ body: expect.stringContaining('"master"') });
  });
});

describe("HTTP as others speak it", () => {
  it("takes a chunked body", async () => {
    const stream = new Blob(["{}"]).stream();
    const response = await fetch(`${instance().url}/v1/backup`, {
      method: "POST",
      body: stream,
      duplex: "half",
    });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: "INVALID_REQUEST" } },
    ]);
  });

  it("takes an absolute target", async () => {
    const { statusLine, body } = await sendRaw(instance(), ["GET http://pod/healthz HTTP/1.1", "Host: pod"]);
    expect([statusLine, body]).toEqual(["HTTP/1.1 200 OK", "ok"]);
  });

  it("takes HTTP/1.0 without a Host", async () => {
    const { statusLine, body } = await sendRaw(instance(), ["GET /healthz HTTP/1.0"]);
    expect([statusLine, body]).toEqual(["HTTP/1.1 200 OK", "ok"]);
  });

  it("announces the length of a probe's answer and keeps the connection open", async () => {
    const response = await fetch(`${instance().url}/healthz`);
    expect(response.headers.get("content-length")).toBe("2");
    expect(response.headers.get("connection")).toBe("keep-alive");
    await response.text();
  });

  it.each([
    ["no HTTP", ["hello"]],
    ["no known version", ["GET /healthz HTTP/9.9", "Host: pod"]],
    ["a header without a name", ["GET /healthz HTTP/1.1", "Host: pod", ": value"]],
    ["a length that is none", ["POST /v1/promote HTTP/1.1", "Host: pod", "Content-Length: x"]],
    ["a head without an end in sight", ["GET /healthz HTTP/1.1", `X: ${"x".repeat(32 * 1024)}`]],
  ])("refuses %s and lives on", async (_, lines) => {
    expect((await sendRaw(instance(), lines)).statusLine).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await ask(instance(), "/healthz")).status).toBe(200);
  });
});

describe("the log of requests", () => {
  it("warns of a refused one, without its body, and says nothing of 404, 405 and successes", async () => {
    await using quiet = await startAttached();
    await ask(quiet, "/nothing");
    await ask(quiet, "/v1/promote");
    await ask(quiet, "/v1/status");
    await post(quiet, "/v1/backup", { backupName: "Not-A-Name", token: "sent-by-mistake" });
    await quiet.stop();
    const told = quiet.log().filter(({ msg }) => String(msg).startsWith("request"));
    expect(told).toEqual([
      expect.objectContaining({ level: "warn", msg: "request refused", path: "/v1/backup", status: 400 }),
    ]);
    expect(quiet.process.output()).not.toMatch(/sent-by-mistake/);
  });
});
