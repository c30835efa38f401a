import { instanceStatusSchema } from "@redis-operator/client/contract";
import { freePort, type RedisServer, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, failureOf, post } from "./answer.ts";
import { startFakeRedis } from "./fake-redis.ts";
import { attachTo, share, startAttached } from "./instance.ts";

async function readStatus(manager: { readonly url: string }) {
  const { status, type, body } = await ask(manager, "/v1/status");
  expect([status, type]).toEqual([200, "application/json"]);
  expect(body).not.toMatch(/\s$/);
  const raw: Readonly<Record<string, unknown>> = JSON.parse(body);
  return { raw, status: instanceStatusSchema.parse(raw) };
}

async function readReplicationInfo({ client }: RedisServer): Promise<ReadonlyMap<string, string>> {
  const lines = (await client.info("replication")).matchAll(/^(\w+):(.*)\r$/gm);
  return new Map([...lines].map(([, field = "", value = ""]) => [field, value]));
}

/** Makes one server follow another and waits until it has applied a write that came after its first sync. */
async function follow(replica: RedisServer, primary: RedisServer): Promise<void> {
  await replica.client.replicaof("127.0.0.1", primary.port);
  await waitFor(async () => (await readReplicationInfo(primary)).get("slave0")?.includes("state=online"), {
    what: "the replica to be online",
  });
  await primary.client.set("key", "value");
  await waitFor(async () => (await replica.client.get("key")) === "value", { what: "the write to arrive" });
}

describe("GET /v1/status of a primary", () => {
  it("answers what INFO says, without a field for a link that a primary hasn't", async () => {
    await using primary = await startAttached();
    await using replica = await startRedisServer();
    await follow(replica, primary.redis);

    const { raw, status } = await readStatus(primary);
    const info = await readReplicationInfo(primary.redis);
    expect(raw).toEqual({
      role: "master",
      replicationOffset: expect.any(Number),
      connectedReplicas: 1,
      connected: true,
      replicationId: info.get("master_replid"),
      observedAt: expect.any(String),
      fenced: false,
      replicas: [
        {
          host: "127.0.0.1",
          port: replica.port,
          state: "online",
          offset: expect.any(Number),
          lagBytes: expect.any(Number),
          lagSeconds: expect.any(Number),
        },
      ],
    });
    // Redis pings its replicas, so that the offset may move between two looks; it never goes back.
    expect(status.replicationOffset).toBeGreaterThan(0);
    expect(Number(info.get("master_repl_offset"))).toBeGreaterThanOrEqual(status.replicationOffset);
  });

  it("answers exactly the offset of INFO when nothing moves", async () => {
    await using primary = await startAttached();
    const { status } = await readStatus(primary);
    expect(status).toMatchObject({
      role: "master",
      replicationOffset: 0,
      connectedReplicas: 0,
      replicas: [],
    });
  });
});

describe("GET /v1/status of a replica", () => {
  it("answers what INFO says while its link is up", async () => {
    await using primary = await startRedisServer();
    await using replica = await startAttached();
    await follow(replica.redis, primary);

    const { raw, status } = await readStatus(replica);
    const info = await readReplicationInfo(replica.redis);
    expect(raw).toEqual({
      role: "slave",
      replicationOffset: expect.any(Number),
      connectedReplicas: 0,
      masterLinkStatus: "up",
      connected: true,
      replicationId: info.get("master_replid"),
      observedAt: expect.any(String),
      fenced: false,
      primary: { host: "127.0.0.1", port: primary.port },
      lastIoSecondsAgo: expect.any(Number),
      syncInProgress: false,
    });
    expect(status.replicationOffset).toBeGreaterThan(0);
    expect(Number(info.get("slave_repl_offset"))).toBeGreaterThanOrEqual(status.replicationOffset);
  });

  it("answers the link as down, and keeps the offset, once the primary is gone", async () => {
    await using replica = await startAttached();
    {
      await using primary = await startRedisServer();
      await follow(replica.redis, primary);
    }
    const status = await waitFor(
      async () => {
        const { raw } = await readStatus(replica);
        return raw["masterLinkStatus"] === "down" && raw;
      },
      { what: "the link to be down" },
    );
    const info = await readReplicationInfo(replica.redis);
    expect(status).toMatchObject({
      role: "slave",
      replicationOffset: Number(info.get("slave_repl_offset")),
      connectedReplicas: 0,
      linkDownSeconds: expect.any(Number),
    });
    expect(status).not.toHaveProperty("lastIoSecondsAgo");
  });

  it("answers before its first sync too, and counts no replicas of its own", async () => {
    await using replica = await startAttached();
    await using below = await startRedisServer();
    await below.client.replicaof("127.0.0.1", replica.redis.port);
    await waitFor(async () => (await readStatus(replica)).status.connectedReplicas === 1, {
      what: "a replica",
    });
    await post(replica, `/v1/demote?primaryIP=127.0.0.1&port=${await freePort()}`);
    expect((await readStatus(replica)).raw).toMatchObject({
      role: "slave",
      connectedReplicas: 0,
      masterLinkStatus: "down",
      connected: true,
    });
  });
});

/** A manager beside a fake Redis. */
async function startFaked() {
  const stack = new AsyncDisposableStack();
  const redis = stack.use(await startFakeRedis());
  const manager = stack.use(await attachTo(redis));
  return { ...manager, redis, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe("an INFO that Redis garbled", () => {
  const manager = share(startFaked);
  const primary = "role:master\r\nconnected_slaves:0\r\nmaster_replid:8f3c\r\nmaster_repl_offset:5000\r\n";
  const replica =
    "role:slave\r\nmaster_host:10.0.0.7\r\nmaster_port:6379\r\nmaster_link_status:up\r\n" +
    "master_sync_in_progress:0\r\nslave_repl_offset:5000\r\nconnected_slaves:0\r\nmaster_replid:8f3c\r\n";

  it.each([
    ["nothing at all", ""],
    ["no role", primary.replace("role:master", "rule:master")],
    ["an unknown role", primary.replace("master", "sentinel")],
    ["no offset of a primary", primary.replace("master_repl_offset", "offset")],
    ["an offset that is no number", primary.replace("5000", "5000x")],
    ["an empty offset", primary.replace("5000", "")],
    ["a negative offset", primary.replace("5000", "-1")],
    ["an offset that JSON would round", primary.replace("5000", "9007199254740993")],
    ["no number of replicas", primary.replace("connected_slaves", "slaves")],
    ["a master's offset alone on a replica", replica.replace("slave_repl_offset", "master_repl_offset")],
    ["no link status", replica.replace("master_link_status", "link")],
    ["an unknown link status", replica.replace("up", "sideways")],
  ])("is an error and never a zero: %s", async (_, info) => {
    manager().redis.setInfo(info);
    expect(failureOf(await ask(manager(), "/v1/status"))).toMatchObject({
      status: 500,
      code: "REDIS_REPLY_INVALID",
    });
  });

  it("counts a replica that INFO lists no line for, as one whose connection has just been lost", async () => {
    const line = "slave0:ip=10.0.0.8,port=6379,state=online,offset=4000,lag=1\r\n";
    manager().redis.setInfo(primary.replace("slaves:0\r\n", `slaves:2\r\n${line}`));
    expect((await readStatus(manager())).raw).toMatchObject({
      connectedReplicas: 2,
      replicas: [
        { host: "10.0.0.8", port: 6379, state: "online", offset: 4_000, lagBytes: 1_000, lagSeconds: 1 },
      ],
    });
  });

  it.each([
    ["primary", primary],
    ["replica", replica],
  ])("is no error with the fields of a %s that the contract needs", async (_, info) => {
    manager().redis.setInfo(info);
    expect((await readStatus(manager())).raw).toMatchObject({
      replicationOffset: 5_000,
      connectedReplicas: 0,
    });
  });
});
