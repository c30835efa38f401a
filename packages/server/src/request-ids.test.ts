import { describe, expect, it } from "vitest";
import { createApp } from "./app.ts";
import { textReply } from "./reply.ts";
import { createRequestIds } from "./request-ids.ts";

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** An app, and the ids that were current while its log was written. */
function build() {
  const requestIds = createRequestIds();
  const loggedFor: (string | undefined)[] = [];
  const log = () => void loggedFor.push(requestIds.current());
  const app = createApp({
    logger: { warn: log, error: log },
    probePaths: ["/healthz"],
    toErrorReply: () => undefined,
    requestIds,
  });
  app.get("/healthz", () => textReply("ok", { status: 200 }));
  app.post("/v1/promote", () => textReply("promoted", { status: 200 }));
  app.post("/v1/backup", async () => {
    await new Promise(setImmediate);
    throw new Error("failed");
  });
  async function ask(path: string, options: { readonly method?: string; readonly id?: string } = {}) {
    const { method = "GET", id } = options;
    const reply = await app.request(path, {
      method,
      ...(id !== undefined && { headers: { "X-Request-Id": id } }),
    });
    const body = await reply.text();
    return { id: reply.headers.get("X-Request-Id"), body };
  }
  return { ask, loggedFor };
}

describe("a request id", () => {
  it.each(["failover-7", "a b", "!~", "x".repeat(128)])("is the caller's own: %s", async (id) => {
    expect((await build().ask("/v1/promote", { method: "POST", id })).id).toBe(id);
  });

  it.each([undefined, "x".repeat(129), "caf\u00e9", "a\tb"])("is a new one in place of %j", async (id) => {
    const { ask } = build();
    const { id: first } = await ask("/v1/promote", { method: "POST", ...(id !== undefined && { id }) });
    const { id: second } = await ask("/v1/promote", { method: "POST", ...(id !== undefined && { id }) });
    expect(first).toMatch(uuid);
    expect(second).toMatch(uuid);
    expect(second).not.toBe(first);
  });

  it.each([
    ["a path that isn't there", "/v1/nosuch", "DELETE", "NOT_FOUND"],
    ["a method that isn't there", "/v1/promote", "DELETE", "METHOD_NOT_ALLOWED"],
    ["a failure", "/v1/backup", "POST", "INTERNAL"],
  ])("is answered for %s too, in the header and in the body", async (_, path, method, code) => {
    const { id, body } = await build().ask(path, { method, id: "failover-7" });
    expect(id).toBe("failover-7");
    expect(JSON.parse(body)).toEqual({
      error: { code, message: expect.any(String), requestId: "failover-7" },
    });
  });

  it("is current for what is logged of the request, and of no other at the same time", async () => {
    const { ask, loggedFor } = build();
    await Promise.all(["one", "two"].map((id) => ask("/v1/backup", { method: "POST", id })));
    expect(new Set(loggedFor)).toEqual(new Set(["one", "two"]));
    expect(loggedFor).toHaveLength(2);
  });

  it("is given to no read that brings none", async () => {
    expect((await build().ask("/healthz")).id).toBeNull();
    expect((await build().ask("/v1/nosuch")).id).toBeNull();
    expect((await build().ask("/healthz", { id: "probe" })).id).toBe("probe");
  });
});
