import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type RedisServer, startObjectStore, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { parseBackupMetadata } from "../src/backup/backup-metadata.ts";
import {
  createBackups,
  restoreArchive,
  restoreSnapshot,
  startWriter,
  writeRandomValues,
} from "./backup-fixture.ts";

const startStore = () => startObjectStore({ buckets: ["backups"] });

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");

/** Gives Redis that many keys, all with the value "value". */
async function fill({ client }: RedisServer, keys: number) {
  await client.call("EVAL", "for i=1,ARGV[1] do redis.call('SET', 'key:'..i, 'value') end", 0, keys);
}

async function readRewritePercentage({ client }: RedisServer) {
  return await client.config("GET", "auto-aof-rewrite-percentage");
}

const isValkey = execFileSync("redis-server", ["--version"], { encoding: "utf8" }).includes("Valkey");

/** What the tests run with: Valkey says of itself that it is a Redis 7.2.4, and who it is besides. */
async function readServer({
  client,
}: RedisServer): Promise<{ readonly name: string; readonly version: string }> {
  const [, name, version] =
    /^(valkey)_version:(\S+)/m.exec(await client.info()) ??
    /^(redis)_version:(\S+)/m.exec(await client.info()) ??
    [];
  return { name: name ?? "", version: version ?? "" };
}

async function readInfoField({ client }: RedisServer, field: string) {
  return new RegExp(`^${field}:(.*)\r$`, "m").exec(await client.info())?.[1];
}

async function hasPersistenceField({ client }: RedisServer, field: string) {
  return (await client.info("persistence")).includes(field);
}

describe("a backup by rdb", () => {
  it("stores an RDB file and answers its place, size and checksum", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await fill(redis, 1_000);

    const result = await backups.run("rdb");

    const stored = await store.readObject("backups", "redis/nightly.rdb");
    expect(result).toEqual({
      artifactType: "rdb",
      backupPath: "s3://backups/redis/nightly.rdb",
      objectKey: "redis/nightly.rdb",
      metadataKey: "redis/nightly.rdb.metadata.json",
      sizeBytes: stored.length,
      checksumSha256: sha256(stored),
      redisVersion: (await readServer(redis)).version,
      replicationId: await readInfoField(redis, "master_replid"),
      replicationOffset: 0,
      keyCounts: { db0: 1_000 },
      startedAt: expect.stringMatching(isoTime),
      finishedAt: expect.stringMatching(isoTime),
    });
    expect(result.finishedAt > result.startedAt).toBe(true);
  });

  it("puts the metadata beside it, which says of the object and of Redis what the answer says", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await fill(redis, 10);
    await redis.client.select(3);
    await redis.client.set("other", "value");

    const { backupPath: _uri, metadataKey, ...result } = await backups.run("rdb");

    const text = await store.readObject("backups", metadataKey);
    expect(parseBackupMetadata(text.toString())).toEqual({
      ...result,
      backupName: "nightly",
      method: "rdb",
      server: (await readServer(redis)).name,
      keyCounts: { db0: 10, db3: 1 },
      keyCountsAfter: { db0: 10, db3: 1 },
      writesDuringBackup: false,
    });
  });

  it("tells how far it is: it saves, it sends, the store confirms", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    const { sizeBytes } = await backups.run("rdb");
    // A phase that takes long is told more than once; here what was told of each first.
    const byPhase = new Map(backups.progress.toReversed().map((progress) => [progress.phase, progress]));
    expect(Array.from(byPhase.values()).toReversed()).toEqual([
      { phase: "waiting", sentBytes: 0 },
      { phase: "saving", sentBytes: 0 },
      { phase: "uploading", sentBytes: 0, totalBytes: sizeBytes },
      { phase: "confirming", sentBytes: sizeBytes, totalBytes: sizeBytes },
    ]);
  });

  it.each(["dump.rdb", "appendonlydir"] as const)(
    "stores what Redis loads with all keys, put back as %s",
    async (as) => {
      await using store = await startStore();
      await using redis = await startRedisServer();
      await using backups = await createBackups(redis, { store });
      await fill(redis, 1_000);

      const { objectKey } = await backups.run("rdb");

      await using restored = await restoreSnapshot(await store.readObject("backups", objectKey), as);
      expect(await restored.client.dbsize()).toBe(1_000);
      expect(await restored.client.get("key:1000")).toBe("value");
    },
  );

  it("stores more than a part in a multipart upload, with the size and checksum of the whole", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await writeRandomValues(redis, 20);

    const result = await backups.run("rdb");

    expect(await store.countParts("backups", result.objectKey)).toBe(3);
    const stored = await store.readObject("backups", result.objectKey);
    expect(result).toMatchObject({ sizeBytes: stored.length, checksumSha256: sha256(stored) });
  });

  it("holds every key acknowledged before it, under constant writes and automatic saves", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer({ directives: { save: "1 1" } });
    await using backups = await createBackups(redis, { store });
    await using writer = startWriter(redis, "w");

    for (let round = 0; round < 4; round += 1) {
      const before = writer.acknowledged();
      const result = await backups.run("rdb", { backupName: `round-${round}` });
      const stored = await store.readObject("backups", result.objectKey);
      expect(result).toMatchObject({ sizeBytes: stored.length, checksumSha256: sha256(stored) });
      await using restored = await restoreSnapshot(stored, "dump.rdb");
      const keys = await restored.client.dbsize();
      expect(keys).toBeGreaterThanOrEqual(before);
      expect(await restored.client.exists(`w:${keys - 1}`)).toBe(1);
    }
  });

  it("waits for a save that runs already, and stores what was written since that one began", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer({ directives: { "rdb-key-save-delay": "2000" } });
    await using backups = await createBackups(redis, { store });
    await fill(redis, 200);
    await redis.client.bgsave();
    await redis.client.set("later", "value");

    const { objectKey } = await backups.run("rdb");

    await using restored = await restoreSnapshot(await store.readObject("backups", objectKey), "dump.rdb");
    expect(await restored.client.exists("later")).toBe(1);
  });

  it("finds the file wherever Redis keeps it", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer({ directives: { dbfilename: "other name.rdb" } });
    await using backups = await createBackups(redis, { store });
    expect(await backups.run("rdb")).toMatchObject({ artifactType: "rdb" });
    expect(await readdir(redis.dir)).toEqual(["other name.rdb"]);
  });

  it("answers SNAPSHOT_FAILED when the save fails, stores nothing, and works once the cause is gone", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    // Redis can't rename a file over a folder.
    await mkdir(join(redis.dir, "dump.rdb"));

    await expect(backups.run("rdb")).rejects.toMatchObject({
      code: "SNAPSHOT_FAILED",
      message: expect.stringContaining("rdb_last_bgsave_status=err"),
    });
    expect(await store.isEmpty("backups")).toBe(true);
    await rm(join(redis.dir, "dump.rdb"), { recursive: true });
    expect(await backups.run("rdb")).toMatchObject({ artifactType: "rdb" });
  });

  it("answers SNAPSHOT_FAILED when Redis is killed in the middle of the save", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer({ directives: { "rdb-key-save-delay": "10000" } });
    await using backups = await createBackups(redis, { store });
    await fill(redis, 100);

    const run = backups.run("rdb").catch((error: unknown) => error);
    await waitFor(() => hasPersistenceField(redis, "rdb_bgsave_in_progress:1"), { what: "the save" });
    redis.process.kill("SIGKILL");

    expect(await run).toMatchObject({
      code: "SNAPSHOT_FAILED",
      cause: { code: "REDIS_UNREACHABLE" },
    });
    expect(await store.isEmpty("backups")).toBe(true);
  });

  it("answers SNAPSHOT_FAILED with the reason when Redis is not there", async () => {
    await using store = await startStore();
    const redis = await startRedisServer();
    await redis.stop();
    await using backups = await createBackups(redis, { store });
    await expect(backups.run("rdb")).rejects.toMatchObject({
      code: "SNAPSHOT_FAILED",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });
});

describe("a backup by aof", () => {
  it("stores the append-only directory as tar.gz and answers its place, size and checksum", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer({ directives: { appendonly: "yes" } });
    await using backups = await createBackups(redis, { store });
    await fill(redis, 1_000);

    const result = await backups.run("aof");

    const stored = await store.readObject("backups", "redis/nightly.aof.tar.gz");
    expect(result).toMatchObject({
      artifactType: "aof-archive",
      backupPath: "s3://backups/redis/nightly.aof.tar.gz",
      objectKey: "redis/nightly.aof.tar.gz",
      sizeBytes: stored.length,
      checksumSha256: sha256(stored),
      keyCounts: { db0: 1_000 },
    });
    await using restored = await restoreArchive(stored);
    expect(await restored.client.dbsize()).toBe(1_000);
    expect(await restored.client.get("key:1000")).toBe("value");
  });

  it("holds every key acknowledged before it, under constant writes, automatic saves and rewrites", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer({
      directives: {
        appendonly: "yes",
        save: "1 1",
        "auto-aof-rewrite-percentage": "1",
        "auto-aof-rewrite-min-size": "16kb",
      },
    });
    await using backups = await createBackups(redis, { store });
    await using writer = startWriter(redis, "w");

    for (let round = 0; round < 6; round += 1) {
      const before = writer.acknowledged();
      const result = await backups.run("aof", { backupName: `round-${round}` });
      const stored = await store.readObject("backups", result.objectKey);
      expect(result).toMatchObject({ sizeBytes: stored.length, checksumSha256: sha256(stored) });
      await using restored = await restoreArchive(stored);
      const keys = await restored.client.dbsize();
      expect(keys).toBeGreaterThanOrEqual(before);
      expect(await restored.client.exists(`w:${keys - 1}`)).toBe(1);
    }
    expect(await readRewritePercentage(redis)).toEqual(["auto-aof-rewrite-percentage", "1"]);
  });

  it("waits for a rewrite that is scheduled already, and has Redis do its own after it", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer({ directives: { appendonly: "yes" } });
    await using backups = await createBackups(redis, { store });
    await fill(redis, 200);
    await redis.client.config("SET", "rdb-key-save-delay", "10000");
    const rewritesBefore = Number(/aof_rewrites:(\d+)/.exec(await redis.client.info("persistence"))?.[1]);
    await redis.client.bgsave();
    // For the rewrites alone: the save was forked before.
    await redis.client.config("SET", "rdb-key-save-delay", "0");
    await redis.client.call("BGREWRITEAOF");
    expect(await hasPersistenceField(redis, "aof_rewrite_scheduled:1")).toBe(true);

    const { objectKey } = await backups.run("aof");

    expect(await hasPersistenceField(redis, `aof_rewrites:${rewritesBefore + 2}`)).toBe(true);
    await using restored = await restoreArchive(await store.readObject("backups", objectKey));
    expect(await restored.client.dbsize()).toBe(200);
  });

  it("finds the files wherever Redis keeps them, with names that the manifest must quote", async () => {
    // Valkey writes a quote in a name such that it can't read its own manifest.
    const appendfilename = isValkey ? "my café.aof" : 'my "own" café.aof';
    const directives = { appenddirname: "aof files", appendfilename };
    await using store = await startStore();
    await using redis = await startRedisServer({ directives: { ...directives, appendonly: "yes" } });
    await using backups = await createBackups(redis, { store });
    await fill(redis, 10);

    const { objectKey } = await backups.run("aof");

    await using restored = await restoreArchive(await store.readObject("backups", objectKey), directives);
    expect(await restored.client.dbsize()).toBe(10);
  });

  it("compresses an archive larger than a part into a multipart upload that restores", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer({ directives: { appendonly: "yes" } });
    await using backups = await createBackups(redis, { store });
    await writeRandomValues(redis, 20);

    const { objectKey } = await backups.run("aof");

    expect(await store.countParts("backups", objectKey)).toBe(3);
    await using restored = await restoreArchive(await store.readObject("backups", objectKey));
    expect(await restored.client.strlen("random:19")).toBe(1024 * 1024);
  });

  it("leaves nothing beside Redis' own files", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer({ directives: { appendonly: "yes" } });
    await using backups = await createBackups(redis, { store });
    await backups.run("aof");
    await expect(backups.run("aof", { destination: { bucket: "missing" } })).rejects.toMatchObject({
      code: "UPLOAD_FAILED",
    });
    expect(await readdir(redis.dir)).toEqual(["appendonlydir"]);
  });

  it("answers AOF_DISABLED when Redis keeps no AOF", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await expect(backups.run("aof")).rejects.toMatchObject({
      code: "AOF_DISABLED",
      message: expect.stringContaining("appendonly is not yes"),
    });
    expect(await hasPersistenceField(redis, "aof_rewrites:0")).toBe(true);
  });

  it("answers AOF_REWRITE_FAILED when Redis can't rewrite", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer({ directives: { appendonly: "yes" } });
    await using backups = await createBackups(redis, { store });
    await rm(join(redis.dir, "appendonlydir"), { recursive: true });
    await writeFile(join(redis.dir, "appendonlydir"), "in the way");
    await expect(backups.run("aof")).rejects.toMatchObject({
      code: "AOF_REWRITE_FAILED",
      message: expect.stringMatching(/^rewriting the append-only file failed: BGREWRITEAOF on Redis at/),
    });
    expect(await store.isEmpty("backups")).toBe(true);
  });

  it("answers AOF_REWRITE_FAILED with the reason when Redis is not there", async () => {
    await using store = await startStore();
    const redis = await startRedisServer();
    await redis.stop();
    await using backups = await createBackups(redis, { store });
    await expect(backups.run("aof")).rejects.toMatchObject({
      code: "AOF_REWRITE_FAILED",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });
});
