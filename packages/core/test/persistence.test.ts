import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type RedisServer, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { InstanceError } from "../src/errors.ts";
import { rewriteAof } from "../src/persistence/aof-rewrite.ts";
import { takeSnapshot } from "../src/persistence/snapshot.ts";
import { createRedisConnection, type RedisCommand, type RedisConnection } from "../src/redis/connection.ts";

const options = { pollIntervalMs: 20, timeoutMs: 20_000, signal: new AbortController().signal };

function connect({ port }: { readonly port: number }) {
  const connection = createRedisConnection({
    host: "127.0.0.1",
    port,
    connectTimeoutMs: 2_000,
    commandTimeoutMs: 2_000,
  });
  return { ...connection, [Symbol.dispose]: () => connection.close() };
}

/** A connection on which something happens right before one command is sent for the first time. */
function withEventBefore(redis: RedisConnection, name: string, event: () => Promise<unknown>) {
  let hasHappened = false;
  return {
    ...redis,
    async send(command: RedisCommand) {
      if (command[0] === name && !hasHappened) {
        hasHappened = true;
        await event();
      }
      return await redis.send(command);
    },
  };
}

/** A connection whose replies are changed, for servers that can't be started here. */
function withReplies(redis: RedisConnection, change: (command: RedisCommand, reply: unknown) => unknown) {
  return { ...redis, send: async (command: RedisCommand) => change(command, await redis.send(command)) };
}

/** Servers that a test starts in the middle of something; they end with it. */
function createServerList() {
  const servers: RedisServer[] = [];
  return {
    add(server: RedisServer) {
      servers.push(server);
      return server;
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server.stop();
    },
  };
}

async function fill({ client }: RedisServer, keys: number) {
  for (let index = 0; index < keys; index += 1) await client.set(`key:${index}`, "value");
}

async function persistenceField({ client }: RedisServer, field: string) {
  const info = await client.info("persistence");
  return new RegExp(`^${field}:(.*)\r$`, "m").exec(info)?.[1];
}

describe("takeSnapshot", () => {
  it("returns the path of a file that the save has written", async () => {
    await using server = await startRedisServer();
    using redis = connect(server);
    const { path } = await takeSnapshot(redis, options);
    expect(path).toBe(join(server.dir, "dump.rdb"));
    expect((await readFile(path)).subarray(0, 5).toString()).toBe("REDIS");
  });

  it("tells what INFO said before and after, and when Redis has accepted the save", async () => {
    await using server = await startRedisServer();
    using redis = connect(server);
    await fill(server, 3);
    let accepted = 0;
    const { before, after } = await takeSnapshot(redis, { ...options, onAccepted: () => (accepted += 1) });
    expect(accepted).toBe(1);
    expect([before.get("rdb_saves"), after.get("rdb_saves")]).toEqual(["0", "1"]);
    expect(before.get("db0")).toContain("keys=3");
  });

  it("asks again when another save began between its look at Redis and its command", async () => {
    await using server = await startRedisServer({ directives: { "rdb-key-save-delay": "1000" } });
    using redis = connect(server);
    await fill(server, 50);
    await takeSnapshot(
      withEventBefore(redis, "BGSAVE", () => server.client.bgsave()),
      options,
    );
    expect(await persistenceField(server, "rdb_saves")).toBe("2");
  });

  it("asks again when a rewrite began between its look at Redis and its command", async () => {
    await using server = await startRedisServer({
      directives: { appendonly: "yes", "rdb-key-save-delay": "1000" },
    });
    using redis = connect(server);
    await fill(server, 50);
    await takeSnapshot(
      withEventBefore(redis, "BGSAVE", () => server.client.call("BGREWRITEAOF")),
      options,
    );
    expect(await persistenceField(server, "rdb_saves")).toBe("1");
    expect(await persistenceField(server, "rdb_bgsave_in_progress")).toBe("0");
  });

  it.each(["REDIS_BUSY", "REDIS_TIMED_OUT", "REDIS_LOADING"] as const)(
    "tolerates %s while it waits",
    async (code) => {
      await using server = await startRedisServer();
      using redis = connect(server);
      await takeSnapshot(
        withEventBefore(redis, "INFO", () => Promise.reject(new InstanceError(code, "for a moment"))),
        options,
      );
      expect(await persistenceField(server, "rdb_saves")).toBe("1");
    },
  );

  it("does without the counter on servers that report none", async () => {
    await using server = await startRedisServer();
    using redis = connect(server);
    const old = withReplies(redis, (_command, reply) =>
      typeof reply === "string" ? reply.replace(/^rdb_saves:.*\r\n/m, "") : reply,
    );
    expect(await takeSnapshot(old, options)).toMatchObject({ path: join(server.dir, "dump.rdb") });
  });

  it("fails when Redis restarts before the save has ended, although the new process reports no trouble", async () => {
    const first = await startRedisServer({ directives: { "rdb-key-save-delay": "1000" } });
    using redis = connect(first);
    await fill(first, 50);
    await using servers = createServerList();
    const restarting = withReplies(redis, async ([name], reply) => {
      if (name !== "BGSAVE") return reply;
      await first.stop();
      const second = servers.add(await startRedisServer({ port: first.port }));
      await second.client.bgsave();
      return reply;
    });
    // The first command on a connection that was lost fails; the next one is on a new connection.
    const tolerant = {
      ...restarting,
      send: (command: RedisCommand) => restarting.send(command).catch(() => restarting.send(command)),
    };
    await expect(takeSnapshot(tolerant, options)).rejects.toMatchObject({
      code: "SNAPSHOT_FAILED",
      message: expect.stringContaining("Redis restarted before BGSAVE ended"),
    });
  });

  it.each([
    ["FLUSHALL", "left the RDB file as it was", ({ client }: RedisServer) => client.flushall()],
    [
      "a full sync from another primary",
      "took over another data set",
      async ({ client }: RedisServer, { port }: RedisServer) => {
        await client.replicaof("127.0.0.1", port);
        await waitFor(async () => (await client.info("replication")).includes("master_link_status:up"), {
          what: "the full sync",
        });
      },
    ],
  ])("fails when Redis ends the save for %s, and reports no trouble", async (_why, message, end) => {
    await using server = await startRedisServer({
      directives: { save: "", "rdb-key-save-delay": "1000000" },
    });
    await using other = await startRedisServer();
    using redis = connect(server);
    await fill(server, 100);
    const snapshot = takeSnapshot(redis, options).catch((error: unknown) => error);
    await waitFor(async () => (await persistenceField(server, "rdb_bgsave_in_progress")) === "1", {
      what: "the save",
    });
    await end(server, other);
    expect(await snapshot).toMatchObject({
      code: "SNAPSHOT_FAILED",
      message: expect.stringContaining(message),
    });
    expect(await persistenceField(server, "rdb_last_bgsave_status")).toBe("ok");
  });

  it("goes on when the instance is promoted meanwhile: its data set stays the same", async () => {
    await using primary = await startRedisServer();
    await using server = await startRedisServer({ directives: { "rdb-key-save-delay": "20000" } });
    using redis = connect(server);
    await fill(primary, 100);
    await server.client.replicaof("127.0.0.1", primary.port);
    await waitFor(async () => (await server.client.info("replication")).includes("master_link_status:up"), {
      what: "the full sync",
    });
    const snapshot = takeSnapshot(redis, options);
    await waitFor(async () => (await persistenceField(server, "rdb_bgsave_in_progress")) === "1", {
      what: "the save",
    });
    await server.client.replicaof("NO", "ONE");
    expect((await snapshot).path).toBe(join(server.dir, "dump.rdb"));
  });

  it("fails with what it waited for when the save takes too long", async () => {
    await using server = await startRedisServer({ directives: { "rdb-key-save-delay": "1000000" } });
    using redis = connect(server);
    await fill(server, 50);
    await expect(takeSnapshot(redis, { ...options, timeoutMs: 50 })).rejects.toMatchObject({
      code: "SNAPSHOT_FAILED",
      message: "taking a snapshot failed: waited 50 ms for the end of BGSAVE",
    });
    await expect(takeSnapshot(redis, { ...options, timeoutMs: 50 })).rejects.toMatchObject({
      code: "SNAPSHOT_FAILED",
      message: "taking a snapshot failed: waited 50 ms for Redis to accept BGSAVE",
    });
  });

  it("throws the reason of an abort", async () => {
    await using server = await startRedisServer({ directives: { "rdb-key-save-delay": "1000000" } });
    using redis = connect(server);
    await fill(server, 50);
    const controller = new AbortController();
    const run = takeSnapshot(redis, { ...options, signal: controller.signal });
    const outcome = run.catch((error: unknown) => error);
    await waitFor(async () => (await persistenceField(server, "rdb_bgsave_in_progress")) === "1", {
      what: "the save",
    });
    const reason = new Error("stopping");
    controller.abort(reason);
    expect(await outcome).toBe(reason);
  });
});

describe("rewriteAof", () => {
  it("returns the directory and the manifest that the rewrite has written", async () => {
    await using server = await startRedisServer({ directives: { appendonly: "yes" } });
    using redis = connect(server);
    const { directory } = await rewriteAof(redis, options);
    expect(directory).toEqual({
      path: join(server.dir, "appendonlydir"),
      manifestName: "appendonly.aof.manifest",
    });
    const manifest = await readFile(join(directory.path, directory.manifestName), "utf8");
    expect(manifest).toContain("file appendonly.aof.2.base.rdb seq 2 type b");
  });

  it("does not take a rewrite that Redis has only scheduled, because a save began, for done", async () => {
    await using server = await startRedisServer({
      directives: { appendonly: "yes", "rdb-key-save-delay": "20000" },
    });
    using redis = connect(server);
    await fill(server, 100);
    const replies: unknown[] = [];
    const racing = withReplies(
      withEventBefore(redis, "BGREWRITEAOF", async () => {
        await server.client.bgsave();
        // For the rewrite alone: the save was forked before.
        await server.client.config("SET", "rdb-key-save-delay", "0");
      }),
      ([name], reply) => {
        if (name === "BGREWRITEAOF") replies.push(reply);
        return reply;
      },
    );
    await rewriteAof(racing, options);
    expect(replies).toEqual(["Background append only file rewriting scheduled"]);
    expect(await persistenceField(server, "aof_rewrites")).toBe("1");
    expect(await persistenceField(server, "aof_rewrite_in_progress")).toBe("0");
  });

  it("fails when Redis ends the rewrite for a full sync from another primary, and reports no trouble", async () => {
    await using server = await startRedisServer({
      directives: { appendonly: "yes", "rdb-key-save-delay": "1000000" },
    });
    await using other = await startRedisServer();
    using redis = connect(server);
    await fill(server, 100);
    const rewrite = rewriteAof(redis, options).catch((error: unknown) => error);
    await waitFor(async () => (await persistenceField(server, "aof_rewrite_in_progress")) === "1", {
      what: "the rewrite",
    });
    await server.client.replicaof("127.0.0.1", other.port);
    expect(await rewrite).toMatchObject({
      code: "AOF_REWRITE_FAILED",
      message: expect.stringContaining("took over another data set"),
    });
  });

  it("answers AOF_DISABLED on a server without an append-only directory", async () => {
    await using server = await startRedisServer({ directives: { appendonly: "yes" } });
    using redis = connect(server);
    const old = withReplies(redis, (command, reply) => (command[2] === "appenddirname" ? [] : reply));
    await expect(rewriteAof(old, options)).rejects.toMatchObject({
      code: "AOF_DISABLED",
      message: expect.stringContaining("needs Redis 7.0 or later"),
    });
    expect(await persistenceField(server, "aof_rewrites")).toBe("0");
  });
});
