import { instanceStatusSchema } from "@redis-operator/client/contract";
import { freePort, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, failureOf, plainText, post } from "./answer.ts";
import { type AttachedInstance, share, startAttached } from "./instance.ts";

const promoted = plainText(200, "promoted");
const json = { method: "POST", headers: { accept: "application/json" } };

async function roleOf({ redis }: AttachedInstance): Promise<string | undefined> {
  return /^role:(\w+)/m.exec(await redis.client.info("replication"))?.[1];
}

/** A replica that has all of its primary's data, and its status. */
async function startReplica() {
  const stack = new AsyncDisposableStack();
  const primary = stack.use(await startRedisServer());
  const replica = stack.use(await startAttached());
  await primary.client.set("key", "value");
  await replica.redis.client.replicaof("127.0.0.1", primary.port);
  await waitFor(async () => (await replica.redis.client.get("key")) === "value", { what: "the first sync" });
  const status = instanceStatusSchema.parse(JSON.parse((await ask(replica, "/v1/status")).body));
  return { ...replica, primary, status, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** A replica that never reached its primary and holds nothing. */
async function startUnsynced() {
  const instance = await startAttached();
  await instance.redis.client.replicaof("127.0.0.1", await freePort());
  return instance;
}

describe("POST /v1/promote", () => {
  it("makes a replica a primary that keeps its data, at once", async () => {
    await using replica = await startReplica();
    expect(await post(replica, "/v1/promote")).toEqual(promoted);
    expect(await roleOf(replica)).toBe("master");
    expect(await replica.redis.client.get("key")).toBe("value");
    expect(await replica.redis.client.set("new", "value")).toBe("OK");
  });

  it("answers 200 to an instance that is a primary: it may be repeated", async () => {
    await using replica = await startReplica();
    for (let call = 0; call < 3; call += 1) expect(await post(replica, "/v1/promote")).toEqual(promoted);
    expect(await roleOf(replica)).toBe("master");
  });

  it("answers calls at the same time alike", async () => {
    await using replica = await startReplica();
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(replica, "/v1/promote")));
    expect(answers).toEqual(answers.map(() => promoted));
  });

  it("works while the primary is gone", async () => {
    await using replica = await startReplica();
    await replica.primary.stop();
    expect(await post(replica, "/v1/promote")).toEqual(promoted);
    expect(await replica.redis.client.get("key")).toBe("value");
  });
});

describe("the body of POST /v1/promote", () => {
  const instance = share(() => startAttached());

  it("answers the status after the change where JSON is asked for", async () => {
    const { status, type, body } = await ask(instance(), "/v1/promote", json);
    expect([status, type]).toEqual([200, "application/json"]);
    expect(instanceStatusSchema.parse(JSON.parse(body))).toMatchObject({ role: "master", connected: true });
  });

  it.each(["*/*", "text/plain", "text/plain, application/json", "application/json;q=0", ""])(
    "is plain text for Accept: %s",
    async (accept) => {
      expect(await ask(instance(), "/v1/promote", { method: "POST", headers: { accept } })).toEqual(promoted);
    },
  );

  it.each(["", "{}", "not json", '{"unknown":1}'])("may be sent %j, which is ignored", async (body) => {
    expect(await ask(instance(), "/v1/promote", { method: "POST", body })).toEqual(promoted);
  });
});

describe("the preconditions of POST /v1/promote", () => {
  const unpromoted = share(startReplica);

  it("let a replica be promoted that meets them", async () => {
    await using replica = await startReplica();
    const { replicationOffset, replicationId = "" } = replica.status;
    const query = `minOffset=${replicationOffset}&replicationId=${replicationId}`;
    expect(await post(replica, `/v1/promote?${query}`)).toEqual(promoted);
  });

  it.each([
    ["an offset beyond the replica's", "minOffset=9007199254740991", "9007199254740991"],
    ["another history", "replicationId=0000000000000000000000000000000000000000", "000000"],
  ])("answer 412 and change nothing: %s", async (_, query, named) => {
    const replica = unpromoted();
    const failure = failureOf(await post(replica, `/v1/promote?${query}`));
    expect(failure).toMatchObject({ status: 412, code: "PRECONDITION_UNMET" });
    expect(failure.message).toContain(named);
    expect(await roleOf(replica)).toBe("slave");
  });

  it("don't keep a primary from answering 200, as when the first answer was lost", async () => {
    await using replica = await startReplica();
    const query = `minOffset=${replica.status.replicationOffset}&replicationId=${replica.status.replicationId}`;
    expect(await post(replica, `/v1/promote?${query}`)).toEqual(promoted);
    expect(await post(replica, `/v1/promote?${query}`)).toEqual(promoted);
  });

  it.each([
    "minOffset=",
    "minOffset=-1",
    "minOffset=1e3",
    "minOffset=9007199254740993",
    "replicationId=",
    "minOfset=1",
  ])("answer 400 and change nothing when they can't be understood: %s", async (query) => {
    const replica = unpromoted();
    expect(failureOf(await post(replica, `/v1/promote?${query}`))).toMatchObject({
      status: 400,
      code: "INVALID_REQUEST",
    });
    expect(await roleOf(replica)).toBe("slave");
  });
});

describe("POST /v1/promote of a replica that would lose the data set", () => {
  it("answers 412 with the reason and changes nothing", async () => {
    await using instance = await startUnsynced();
    const failure = failureOf(await post(instance, "/v1/promote"));
    expect(failure).toMatchObject({ status: 412, code: "PROMOTE_UNSAFE" });
    expect(failure.message).toContain("never finished a sync");
    expect(await roleOf(instance)).toBe("slave");
  });

  it("answers 200 with force=true, and no other value", async () => {
    await using instance = await startUnsynced();
    for (const force of ["", "1", "TRUE", "false&force=true"]) {
      const { status } = await post(instance, `/v1/promote?force=${force}`);
      expect([400, 412]).toContain(status);
    }
    expect(await post(instance, "/v1/promote?force=true")).toEqual(promoted);
    expect(await roleOf(instance)).toBe("master");
  });
});

it("logs who promotes, from what to what, and the offsets", async () => {
  await using replica = await startReplica();
  await ask(replica, "/v1/promote", { method: "POST", headers: { "x-request-id": "failover-7" } });
  expect(replica.log()).toContainEqual(
    expect.objectContaining({
      msg: "promoted",
      remoteAddress: "127.0.0.1",
      requestId: "failover-7",
      from: "replica",
      to: "primary",
      offsetBytesBefore: expect.any(Number),
      offsetBytes: expect.any(Number),
    }),
  );
});

describe("POST /v1/promote that fails", () => {
  it("answers 500 when Redis refuses it", async () => {
    await using instance = await startAttached({ directives: { "rename-command": ["REPLICAOF", ""] } });
    expect(failureOf(await post(instance, "/v1/promote"))).toMatchObject({
      status: 500,
      code: "PROMOTE_FAILED",
    });
  });

  it("answers 500 when Redis is down, and is logged with the reason", async () => {
    await using instance = await startAttached();
    await instance.redis.stop();
    const failure = failureOf(await post(instance, "/v1/promote"));
    expect(failure).toMatchObject({ status: 500, code: "PROMOTE_FAILED" });
    expect(failure.message).toContain(`127.0.0.1:${instance.redis.port}`);
    await instance.stop();
    expect(instance.log()).toContainEqual(
      expect.objectContaining({ level: "error", msg: "request failed", code: "PROMOTE_FAILED" }),
    );
  });
});
