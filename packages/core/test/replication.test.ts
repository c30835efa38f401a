import { startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createRedisConnection, type RedisConnection } from "../src/redis/connection.ts";
import { readStatus } from "../src/replication/status.ts";
import { attach, caller, startPair } from "./replication-fixture.ts";

describe("readStatus", () => {
  it("reads a real primary and its replica", async () => {
    await using pair = await startPair();
    using primary = attach(pair.primary);
    using replica = attach(pair.replica);
    const seen = await waitFor(
      async () => {
        const status = await readStatus(primary.redis);
        const [first] = status.role === "primary" ? status.replicas : [];
        return status.role === "primary" && first?.state === "online" && first.lagBytes === 0 && status;
      },
      { what: "a replica that is online, without lag" },
    );
    expect(seen.replicas).toMatchObject([{ host: "127.0.0.1", port: pair.replica.port }]);
    expect(await readStatus(replica.redis)).toMatchObject({
      role: "replica",
      link: "up",
      replicationId: seen.replicationId,
      primary: { host: "127.0.0.1", port: pair.primary.port },
    });
  });
});

describe("promote", () => {
  it("turns a replica into a primary that keeps its keys, and logs who, from, to and the offsets", async () => {
    await using pair = await startPair();
    using replica = attach(pair.replica);
    const before = await readStatus(replica.redis);
    const status = await replica.promote();
    expect(status.role).toBe("primary");
    expect(await pair.replica.client.get("key")).toBe("value");
    const offsets = { offsetBytesBefore: before.offsetBytes, offsetBytes: status.offsetBytes };
    expect(replica.log).toEqual([
      {
        level: "info",
        message: "promoted",
        fields: { ...caller, from: "replica", to: "primary", ...offsets },
      },
    ]);
  });

  it("leaves a primary one, whatever the preconditions ask", async () => {
    await using server = await startRedisServer();
    using instance = attach(server);
    expect(await instance.promote({ minOffsetBytes: 1_000_000, replicationId: "other" })).toMatchObject({
      role: "primary",
    });
  });

  it.each([
    ["an offset that the replica hasn't reached", { minOffsetBytes: 1_000_000_000 }],
    ["another history", { replicationId: "0000000000000000000000000000000000000000" }],
  ])("refuses %s and changes nothing", async (_, preconditions) => {
    await using pair = await startPair();
    using replica = attach(pair.replica);
    await expect(replica.promote(preconditions)).rejects.toMatchObject({ code: "PRECONDITION_UNMET" });
    expect(await readStatus(replica.redis)).toMatchObject({ role: "replica" });
  });

  it("promotes when the preconditions hold", async () => {
    await using pair = await startPair();
    using replica = attach(pair.replica);
    const { offsetBytes, replicationId } = await readStatus(replica.redis);
    const status = await replica.promote({ minOffsetBytes: offsetBytes, replicationId });
    expect(status.role).toBe("primary");
  });

  it("answers PROMOTE_FAILED with the reason when Redis refuses", async () => {
    await using server = await startRedisServer({ directives: { "rename-command": ["REPLICAOF", "GONE"] } });
    using instance = attach(server);
    await expect(instance.promote()).rejects.toMatchObject({
      code: "PROMOTE_FAILED",
      message: expect.stringContaining("unknown command"),
      cause: { code: "REDIS_COMMAND_FAILED" },
    });
  });

  it("answers PROMOTE_FAILED when Redis is gone", async () => {
    const server = await startRedisServer();
    using instance = attach(server);
    await server.stop();
    await expect(instance.promote()).rejects.toMatchObject({
      code: "PROMOTE_FAILED",
      cause: { code: "REDIS_UNREACHABLE" },
    });
  });
});

describe("a role change whose answer doesn't come", () => {
  it("is read back: Redis carries it out when it goes on", async () => {
    await using pair = await startPair();
    const inner = createRedisConnection({
      ...pair.replica,
      connectTimeoutMs: 1_000,
      commandTimeoutMs: 1_000,
    });
    const redis: RedisConnection = {
      ...inner,
      async send(command) {
        if (command[0] !== "REPLICAOF") return await inner.send(command);
        pair.replica.process.kill("SIGSTOP");
        try {
          return await inner.send(command);
        } finally {
          pair.replica.process.kill("SIGCONT");
        }
      },
    };
    using replica = attach(pair.replica, redis);
    expect(await replica.promote({}, { readBackTimeoutMs: 5_000 })).toMatchObject({ role: "primary" });
  });

  it("has an unknown outcome when the role can't be read back either", async () => {
    await using pair = await startPair();
    using attached = attach(pair.replica);
    const redis: RedisConnection = {
      ...attached.redis,
      async send(command) {
        if (command[0] === "REPLICAOF") await pair.replica.stop();
        return await attached.redis.send(command);
      },
    };
    using replica = attach(pair.replica, redis);
    await expect(replica.promote({}, { readBackTimeoutMs: 200 })).rejects.toMatchObject({
      code: "PROMOTE_FAILED",
      message: expect.stringContaining("has an unknown outcome"),
    });
  });
});

describe("demote", () => {
  it("turns a primary into a replica of the address given, repeatedly", async () => {
    await using pair = await startPair();
    await using other = await startRedisServer();
    using instance = attach(other);
    const target = { host: "127.0.0.1", port: pair.primary.port };
    expect(await instance.demote(target)).toMatchObject({ role: "replica", primary: target });
    await waitFor(async () => (await other.client.get("key")) === "value", {
      what: "the key after the sync",
    });
    expect(await instance.demote(target)).toMatchObject({ role: "replica", link: "up" });
  });

  it.each(["127.0.0.1", "::1", "10.0.0.7", "::ffff:10.0.0.7"])(
    "refuses %s, which is itself",
    async (host) => {
      await using server = await startRedisServer();
      using instance = attach(server);
      await expect(instance.demote({ host, port: server.port })).rejects.toMatchObject({
        code: "DEMOTE_TARGET_IS_SELF",
      });
      expect(await readStatus(instance.redis)).toMatchObject({ role: "primary" });
    },
  );

  it("answers DEMOTE_FAILED when Redis is gone", async () => {
    const server = await startRedisServer();
    using instance = attach(server);
    await server.stop();
    await expect(instance.demote({ host: "127.0.0.1", port: 1 })).rejects.toMatchObject({
      code: "DEMOTE_FAILED",
      cause: { code: "REDIS_UNREACHABLE" },
    });
  });
});
