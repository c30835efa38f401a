import { createHash } from "node:crypto";
import {
  type RedisServer,
  startObjectStore,
  startProcess,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createBackups, restoreArchive, restoreSnapshot, startWriter } from "./backup-fixture.ts";

const startStore = () => startObjectStore({ buckets: ["backups"] });
const methods = ["rdb", "aof"] as const;

/** A Redis that saves and rewrites as often as it can. */
const startRestlessRedis = () =>
  startRedisServer({
    directives: {
      appendonly: "yes",
      save: "1 1",
      "auto-aof-rewrite-percentage": "1",
      "auto-aof-rewrite-min-size": "16kb",
    },
  });

async function restore(method: (typeof methods)[number], artifact: Buffer) {
  return method === "rdb" ? await restoreSnapshot(artifact, "dump.rdb") : await restoreArchive(artifact);
}

async function readField({ client }: RedisServer, field: string) {
  return Number(new RegExp(`^${field}:(\\d+)`, "m").exec(await client.info())?.[1]);
}

describe.each(methods)("a backup by %s restores", (method) => {
  it("while redis-benchmark writes at full speed, with saves and rewrites all the time", async () => {
    await using store = await startStore();
    await using redis = await startRestlessRedis();
    // A slow disk blocks a Redis that appends for seconds.
    await using backups = await createBackups(redis, { store, redisTimeoutMs: 30_000 });
    await using _load = await startProcess({
      command: "redis-benchmark",
      args: [
        "-p",
        String(redis.port),
        "-t",
        "set,lpush,hset",
        "-r",
        "10000",
        "-d",
        "200",
        "-P",
        "16",
        "-l",
        "-q",
      ],
    });
    await using writer = startWriter(redis, "w");
    for (let round = 0; round < 3; round += 1) {
      const written = writer.acknowledged();
      await waitFor(() => writer.acknowledged() > written, { what: "the writer" });
      const before = writer.acknowledged();
      const result = await backups.run(method, { backupName: `round-${round}` });
      const stored = await store.readObject("backups", result.objectKey);
      expect(createHash("sha256").update(stored).digest("hex")).toBe(result.checksumSha256);
      await using restored = await restore(method, stored);
      expect(await restored.client.exists("w:0", `w:${before - 1}`)).toBe(2);
      expect(await restored.client.dbsize()).toBeGreaterThanOrEqual(before);
    }
  });

  it("while a replica makes a full synchronization", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer({
      directives: { appendonly: "yes", "repl-diskless-sync": "no", "rdb-key-save-delay": "2000" },
    });
    await using backups = await createBackups(redis, { store });
    await redis.client.call("EVAL", "for i=1,1000 do redis.call('SET', 'key:'..i, 'value') end", 0);
    await using replica = await startRedisServer();
    await replica.client.replicaof("127.0.0.1", redis.port);
    await waitFor(async () => (await readField(redis, "rdb_bgsave_in_progress")) === 1, {
      what: "the save for the replica",
    });
    // For the backup alone: the save for the replica was forked before.
    await redis.client.config("SET", "rdb-key-save-delay", "0");
    await redis.client.set("later", "value");

    const { objectKey } = await backups.run(method);

    await using restored = await restore(method, await store.readObject("backups", objectKey));
    expect(await restored.client.dbsize()).toBe(1_001);
    await waitFor(async () => (await replica.client.exists("later")) === 1, { what: "the replica" });
  });

  it("while it holds a data set of a replica, which it is", async () => {
    await using store = await startStore();
    await using primary = await startRedisServer();
    await primary.client.call("EVAL", "for i=1,1000 do redis.call('SET', 'key:'..i, 'value') end", 0);
    await using replica = await startRedisServer({
      directives: { appendonly: "yes", replicaof: ["127.0.0.1", String(primary.port)] },
    });
    await waitFor(async () => (await replica.client.dbsize()) === 1_000, { what: "the replica" });
    await using backups = await createBackups(replica, { store });
    const { objectKey, replicationId } = await backups.run(method);
    expect(await primary.client.info("replication")).toContain(`master_replid:${replicationId}`);
    await using restored = await restore(method, await store.readObject("backups", objectKey));
    expect(await restored.client.dbsize()).toBe(1_000);
  });
});
