import { describe, expect, it } from "vitest";
import { createInstanceClient, createSentinelClient, ManagerError } from "../src/index.ts";
import { replyWith, startStubManager } from "./stub-manager.ts";

const primary = { role: "master", replicationOffset: 5000, connectedReplicas: 0, connected: true };

describe("a token", () => {
  it("is sent with every call, without the end of the line that it was read from", async () => {
    await using manager = await startStubManager(replyWith(200, "ok"));
    await createInstanceClient({ ...manager, token: "secret\n" }).metrics();
    await createSentinelClient({ ...manager, token: "secret" }).readyz();
    expect(manager.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer secret",
      "Bearer secret",
    ]);
  });

  it("is asked for anew with each call where it is a function, asynchronous or not", async () => {
    await using manager = await startStubManager(replyWith(200, primary));
    let number = 0;
    const client = createInstanceClient({ ...manager, token: async () => `token-${(number += 1)}` });
    await client.status();
    await client.promote();
    await createInstanceClient({ ...manager, token: () => "plain" }).status();
    const sent = manager.requests.map(({ headers }) => headers.authorization);
    expect(sent).toEqual(["Bearer token-1", "Bearer token-2", "Bearer plain"]);
  });

  it("is not sent where there is none", async () => {
    await using manager = await startStubManager(replyWith(200, primary));
    await createInstanceClient(manager).status();
    expect(manager.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  it.each(["", " ", "two words", "line\nbreak", "späti"])(
    "is refused as an option when it is %j, unnamed",
    (token) => {
      const create = () => createInstanceClient({ host: "10.0.0.7", token });
      expect(create).toThrow(
        new TypeError("the token must be visible ASCII characters, at least one, without a space"),
      );
    },
  );

  it.each([
    ["throws", () => Promise.reject(new Error("vault is sealed")), "vault is sealed"],
    ["gives none", () => "", "must be visible ASCII"],
  ])("that a function %s is TOKEN_UNAVAILABLE, and nothing is sent", async (_, token, why) => {
    await using manager = await startStubManager(replyWith(200, primary));
    await expect(createInstanceClient({ ...manager, token }).status()).rejects.toMatchObject({
      name: "TokenUnavailableError",
      code: "TOKEN_UNAVAILABLE",
      message: expect.stringContaining(why),
      isTransient: false,
    });
    expect(manager.requests).toEqual([]);
  });

  it("that never comes ends with the call's time", async () => {
    await using manager = await startStubManager(replyWith(200, primary));
    const client = createInstanceClient({
      ...manager,
      token: () => new Promise<string>(() => undefined),
      timeoutMs: 20,
    });
    await expect(client.status()).rejects.toMatchObject({ code: "MANAGER_TIMED_OUT" });
  });

  it("that the manager doesn't take is UNAUTHORIZED, and stands in no error", async () => {
    const refusal = { error: { code: "UNAUTHORIZED", message: "the request needs a valid bearer token" } };
    await using manager = await startStubManager(replyWith(401, refusal));
    const error: unknown = await createInstanceClient({ ...manager, token: "secret" })
      .promote()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "UNAUTHORIZED", status: 401, isTransient: false });
    const text = error instanceof ManagerError ? `${error.stack}${JSON.stringify(error)}` : "no ManagerError";
    expect(text).not.toContain("secret");
  });
});

describe("promote and demote", () => {
  it("send force only where it is wanted: a manager that doesn't know it refuses it", async () => {
    await using manager = await startStubManager(replyWith(200, primary));
    const client = createInstanceClient(manager);
    await client.promote({ force: false });
    await client.promote({ force: true, minOffset: 5, replicationId: "8f3c" });
    await client.demote({ primaryIP: "10.0.0.8", port: 6379, force: false });
    await client.demote({ primaryIP: "10.0.0.8", port: 6379, force: true });
    expect(manager.requests.map(({ url }) => url)).toEqual([
      "/v1/promote",
      "/v1/promote?minOffset=5&replicationId=8f3c&force=true",
      "/v1/demote?primaryIP=10.0.0.8&port=6379",
      "/v1/demote?primaryIP=10.0.0.8&port=6379&force=true",
    ]);
  });
});
