import { describe, expect, it } from "vitest";
import { createApp } from "./app.ts";
import { textReply } from "./reply.ts";

class KnownError extends Error {}

function build() {
  const logged: unknown[] = [];
  const log = (level: string) => (fields: unknown) => logged.push([level, fields]);
  const app = createApp({
    logger: { warn: log("warn"), error: log("error") },
    probePaths: ["/healthz"],
    toErrorReply: (error) =>
      error instanceof KnownError ? { status: 409, code: "KNOWN", message: error.message } : undefined,
  });
  app.get("/healthz", () => textReply("ok", { status: 200 }));
  app.post("/v1/known", () => {
    throw new KnownError("known, on this, for that");
  });
  app.get("/v1/unknown", () => {
    throw new Error("secret");
  });
  app.get("/v1/unknown/probe", () => textReply("gone", { status: 404 }));
  return { app, logged };
}

describe("createApp", () => {
  it("answers a probe in plain text without a trailing newline", async () => {
    const reply = await build().app.request("/healthz");
    expect(reply.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await reply.text()).toBe("ok");
  });

  it("answers HEAD where GET is", async () => {
    const reply = await build().app.request("/healthz", { method: "HEAD" });
    expect([reply.status, await reply.text()]).toEqual([200, ""]);
  });

  it.each(["/", "/healthz/", "/v1/nosuch", "/HEALTHZ"])("answers 404 NOT_FOUND on %s", async (path) => {
    const { app, logged } = build();
    const reply = await app.request(path);
    expect(reply.status).toBe(404);
    expect(reply.headers.get("content-type")).toBe("application/json");
    expect(await reply.json()).toEqual({ error: { code: "NOT_FOUND", message: `no such path: ${path}` } });
    expect(logged).toEqual([]);
  });

  it("answers 405 with Allow in JSON", async () => {
    const reply = await build().app.request("/v1/known");
    expect([reply.status, reply.headers.get("allow")]).toEqual([405, "POST"]);
    expect(await reply.json()).toMatchObject({ error: { code: "METHOD_NOT_ALLOWED" } });
  });

  it("answers 405 on a probe in plain text", async () => {
    const reply = await build().app.request("/healthz", { method: "POST" });
    expect([reply.status, reply.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect(await reply.text()).toBe("POST is not allowed on /healthz, only GET, HEAD");
  });

  it("leaves a 404 alone that a route answers itself", async () => {
    const reply = await build().app.request("/v1/unknown/probe");
    expect([reply.status, await reply.text()]).toEqual([404, "gone"]);
  });

  it("answers a known error as the app maps it, logged at warn", async () => {
    const { app, logged } = build();
    const reply = await app.request("/v1/known", { method: "POST" });
    expect(reply.status).toBe(409);
    expect(await reply.json()).toEqual({ error: { code: "KNOWN", message: "known, on this, for that" } });
    expect(logged).toEqual([
      ["warn", expect.objectContaining({ method: "POST", path: "/v1/known", status: 409 })],
    ]);
  });

  it("answers an unknown error 500 INTERNAL without its text, logged with the error", async () => {
    const { app, logged } = build();
    const reply = await app.request("/v1/unknown");
    expect(reply.status).toBe(500);
    const body = await reply.text();
    expect(body).toContain('"code":"INTERNAL"');
    expect(body).not.toContain("secret");
    expect(logged).toEqual([["error", expect.objectContaining({ err: new Error("secret"), status: 500 })]]);
  });
});
