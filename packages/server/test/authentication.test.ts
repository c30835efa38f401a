import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { createTemporaryDirectory, freePort } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createApp } from "../src/app.ts";
import { listen } from "../src/listen.ts";
import { textReply } from "../src/reply.ts";
import type { Authentication } from "../src/require-caller.ts";
import { createRecordingLogger } from "./recording-logger.ts";

const token = "first-secret-token";

/** An app with a probe, an open path, a read and a write, behind a token in a file. */
async function serve(change: Partial<Authentication> = {}) {
  const folder = await createTemporaryDirectory("api-token");
  const tokenFile = join(folder.path, "token");
  await writeFile(tokenFile, `${token}\n`);
  const { logger, lines } = createRecordingLogger();
  const app = createApp({
    logger,
    probePaths: ["/healthz"],
    openPaths: ["/failsafe"],
    authentication: { tokenFile, clientAuth: "none", requiredFor: "writes", ...change },
    toErrorReply: () => undefined,
  });
  for (const path of ["/healthz", "/failsafe", "/v1/status"])
    app.get(path, () => textReply("ok", { status: 200 }));
  app.post("/v1/promote", () => textReply("promoted", { status: 200 }));
  const port = await freePort();
  const server = await listen(app, { host: "127.0.0.1", port, logger });
  return {
    port,
    tokenFile,
    log: lines,
    ask: (method: string, path: string, authorization?: string) =>
      fetch(`${server.url}${path}`, {
        method,
        headers: authorization === undefined ? {} : { authorization },
      }),
    async [Symbol.asyncDispose]() {
      await server.close({ graceMs: 0 });
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe("a write behind a token", () => {
  it("is answered 401 in the contract's shape without it, which says how to show one", async () => {
    await using served = await serve();
    const reply = await served.ask("POST", "/v1/promote");
    expect([reply.status, reply.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(await reply.json()).toEqual({
      error: { code: "UNAUTHORIZED", message: "the request needs a valid bearer token" },
    });
  });

  it.each([`Bearer ${token}`, `bearer ${token}`, `Bearer   ${token}`])(
    "passes with %j",
    async (authorization) => {
      await using served = await serve();
      expect((await served.ask("POST", "/v1/promote", authorization)).status).toBe(200);
    },
  );

  it.each([
    "Bearer",
    "Bearer ",
    token,
    `Basic ${token}`,
    `Bearer ${token}x`,
    `Bearer ${token.slice(0, -1)}`,
    `Bearer ${token} ${token}`,
    `Bearer ${token.toUpperCase()}`,
    "Bearer \u00e9",
  ])("doesn't with %j", async (authorization) => {
    await using served = await serve();
    expect((await served.ask("POST", "/v1/promote", authorization)).status).toBe(401);
  });

  it("passes with either of two tokens while they rotate, and with the new one alone afterwards", async () => {
    await using served = await serve();
    const statuses = async () =>
      Promise.all(
        [token, "second"].map(
          async (shown) => (await served.ask("POST", "/v1/promote", `Bearer ${shown}`)).status,
        ),
      );
    expect(await statuses()).toEqual([200, 401]);
    await writeFile(served.tokenFile, `${token}\r\n\n  second  `);
    expect(await statuses()).toEqual([200, 200]);
    await writeFile(served.tokenFile, "second");
    expect(await statuses()).toEqual([401, 200]);
  });

  it.each(["missing", "empty"])(
    "passes for nobody while the file is %s, and the log says why",
    async (state) => {
      await using served = await serve();
      if (state === "missing") await rm(served.tokenFile);
      else await writeFile(served.tokenFile, "\n");
      for (const authorization of [`Bearer ${token}`, "Bearer ", undefined]) {
        expect((await served.ask("POST", "/v1/promote", authorization)).status).toBe(401);
      }
      expect(served.log).toContainEqual(
        expect.objectContaining({
          level: "error",
          message: "reading the API's tokens failed: no token is taken",
        }),
      );
    },
  );

  it("is refused before any of its body has come", async () => {
    await using served = await serve();
    const socket = connect({ host: "127.0.0.1", port: served.port });
    socket.write("POST /v1/promote HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
  });

  it("is refused by 401 whatever its method and path, so that nobody learns more", async () => {
    await using served = await serve();
    const asked = [
      ["DELETE", "/v1/promote"],
      ["POST", "/v1/nosuch"],
      ["PUT", "/v1/status"],
      ["POST", "/v1/promote/"],
      ["POST", "//v1/promote"],
    ] as const;
    for (const [method, path] of asked) expect((await served.ask(method, path)).status).toBe(401);
  });

  it("is logged when it is refused, with who asked and without what was shown", async () => {
    await using served = await serve();
    await served.ask("POST", "/v1/promote", "Bearer wrong-secret");
    expect(served.log).toEqual([
      {
        level: "warn",
        message: "request refused",
        fields: expect.objectContaining({
          path: "/v1/promote",
          status: 401,
          code: "UNAUTHORIZED",
          remoteAddress: "127.0.0.1",
        }),
      },
    ]);
    expect(JSON.stringify(served.log)).not.toContain("secret");
  });
});

describe("what is open", () => {
  it.each([
    ["writes", [200, 200, 200, 200]],
    ["all", [200, 200, 401, 401]],
  ] as const)(
    "with a token for %s: probes and what is as open as they are, reads, their HEAD",
    async (requiredFor, statuses) => {
      await using served = await serve({ requiredFor });
      const asked = [
        served.ask("GET", "/healthz"),
        served.ask("GET", "/failsafe"),
        served.ask("GET", "/v1/status"),
        served.ask("HEAD", "/v1/status"),
      ];
      expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(statuses);
    },
  );

  it("is everything without a token and without certificates", async () => {
    await using served = await serve({ tokenFile: undefined });
    expect((await served.ask("POST", "/v1/promote")).status).toBe(200);
    expect((await served.ask("POST", "/v1/nosuch")).status).toBe(404);
  });

  it("is nothing where everybody has to show a certificate; a probe says so in plain text", async () => {
    await using served = await serve({ tokenFile: undefined, clientAuth: "required" });
    const probe = await served.ask("GET", "/healthz");
    expect([probe.status, probe.headers.get("www-authenticate")]).toEqual([401, "ClientCertificate"]);
    expect(await probe.text()).toBe("the request needs a client certificate that the API's CA signed");
    expect((await served.ask("GET", "/v1/status")).status).toBe(401);
  });
});
