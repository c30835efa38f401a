import { type RedisServer, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import type { Logger } from "../src/logger.ts";
import { createRedisConnection, type RedisConnection } from "../src/redis/connection.ts";
import { demote } from "../src/replication/demote.ts";
import { promote, type PromotePreconditions } from "../src/replication/promote.ts";
import { readStatus } from "../src/replication/status.ts";

function recordLog() {
  const entries: unknown[] = [];
  const record = (fields: object, message: string) => void entries.push({ ...fields, message });
  return { entries, logger: { debug: record, info: record, warn: record, error: record } satisfies Logger };
}

function attach(server: RedisServer) {
  const redis = createRedisConnection({ ...server, connectTimeoutMs: 1_000, commandTimeoutMs: 1_000 });
  const { entries, logger } = recordLog();
  return {
    redis,
    log: entries,
    promote: (preconditions: PromotePreconditions = {}) =>
      promote(redis, { preconditions, readBackTimeoutMs: 1_000, logger }),
    demote: (primary: { host: string; port: number }) =>
      demote(redis, {
        primary,
        own: { ipAddresses: ["10.0.0.7"], port: server.port },
        readBackTimeoutMs: 1_000,
        logger,
      }),
    [Symbol.dispose]: () => redis.close(),
  };
}

async function startPair() {
  const primary = await startRedisServer();
  const replica = await startRedisServer({ directives: { replicaof: ["127.0.0.1", String(primary.port)] } });
  await primary.client.set("key", "value");
  await waitFor(async () => (await replica.client.get("key")) === "value", {
    what: "the key on the replica",
  });
  return {
    primary,
    replica,
    async [Symbol.asyncDispose]() {
      await Promise.all([replica.stop(), primary.stop()]);
    },
  };
}

describe("readStatus", () => {
  it("reads a real primary and its replica", async () => {
    await using pair = await startPair();
    using primary = attach(pair.primary);
    using replica = attach(pair.replica);
    const seen = await waitFor(
      async () => {
        const status = await readStatus(primary.redis);
        return status.role === "primary" && status.replicas[0]?.lagBytes === 0 && status;
      },
      { what: "a replica without lag" },
    );
    expect(seen.replicas).toMatchObject([{ host: "127.0.0.1", port: pair.replica.port, state: "online" }]);
    expect(await readStatus(replica.redis)).toMatchObject({
      role: "replica",
      link: "up",
      replicationId: seen.replicationId,
      primary: { host: "127.0.0.1", port: pair.primary.port },
    });
  });
});

describe("promote", () => {
  it("turns a replica into a primary that keeps its keys, and logs from, to and offset", async () => {
    await using pair = await startPair();
    using replica = attach(pair.replica);
    const status = await replica.promote();
    expect(status.role).toBe("primary");
    expect(await pair.replica.client.get("key")).toBe("value");
    expect(replica.log).toEqual([
      { message: "promoted", from: "replica", to: "primary", offsetBytes: status.offsetBytes },
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
    const inner = createRedisConnection({ ...pair.replica, connectTimeoutMs: 1_000, commandTimeoutMs: 200 });
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
    const { logger } = recordLog();
    const options = { preconditions: {}, readBackTimeoutMs: 5_000, logger };
    expect(await promote(redis, options)).toMatchObject({ role: "primary" });
    redis.close();
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
    const { logger } = recordLog();
    await expect(promote(redis, { preconditions: {}, readBackTimeoutMs: 200, logger })).rejects.toMatchObject(
      {
        code: "PROMOTE_FAILED",
        message: expect.stringContaining("has an unknown outcome"),
      },
    );
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
