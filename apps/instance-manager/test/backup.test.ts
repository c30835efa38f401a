import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  createTemporaryDirectory,
  freePort,
  type RedisServer,
  startBlackHole,
  startProcess,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, failureOf, post } from "./answer.ts";
import {
  backupRequest,
  backupResultOf,
  bucket,
  measure,
  restore,
  startBackupInstance,
} from "./backup-fixture.ts";
import { valueOf, parseExposition } from "./exposition.ts";
import { share } from "./instance.ts";

// tcpmux, which nobody serves.
const unusedPort = 1;

const dist = fileURLToPath(new URL("../dist/", import.meta.url));

describe("POST /v1/backup", () => {
  const instance = share(() => startBackupInstance());

  it.each([
    ["rdb", "rdb", ".rdb"],
    ["aof", "aof-archive", ".aof.tar.gz"],
  ] as const)(
    "by %s answers what it stored, and that restores every key",
    async (method, artifactType, extension) => {
      const { redis, store } = instance();
      await redis.client.call("EVAL", "for i = 1, 1000 do redis.call('SET', 'key:' .. i, i) end", 0);
      const request = backupRequest(store, {
        backupName: `all-${method}`,
        method,
        s3: { path: "prod/cache" },
      });
      const result = backupResultOf(await post(instance(), "/v1/backup", request));

      const objectKey = `prod/cache/all-${method}${extension}`;
      const stored = await store.readObject(bucket, objectKey);
      expect(result).toEqual({
        artifactType,
        backupPath: `s3://${bucket}/${objectKey}`,
        objectKey,
        ...measure(stored),
        metadataKey: `${objectKey}.metadata.json`,
        redisVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        replicationId: expect.stringMatching(/^[0-9a-f]{40}$/),
        replicationOffset: 0,
        keyCounts: { db0: 1_000 },
        startedAt: expect.any(String),
        finishedAt: expect.any(String),
      });
      await using restored = await restore(stored, artifactType);
      expect(await restored.client.dbsize()).toBe(1_000);
      expect(await restored.client.get("key:1000")).toBe("1000");
    },
  );

  it.each([
    ["no path", {}, "plain.rdb"],
    ["an empty path", { path: "" }, "plain.rdb"],
    ["a path of slashes", { path: "///" }, "plain.rdb"],
    ["slashes around a path", { path: "//a/b///" }, "a/b/plain.rdb"],
    ["dots in a path", { path: "a..b/.c" }, "a..b/.c/plain.rdb"],
    ["a path with spaces and UTF-8", { path: "nächtlich +%20" }, "nächtlich +%20/plain.rdb"],
  ])("makes the object key of %s", async (_, s3, objectKey) => {
    const request = backupRequest(instance().store, { backupName: "plain", s3 });
    const result = backupResultOf(await post(instance(), "/v1/backup", request));
    expect([result.objectKey, result.backupPath]).toEqual([objectKey, `s3://${bucket}/${objectKey}`]);
    const path = objectKey.split("/").map(encodeURIComponent).join("/");
    expect(measure(await instance().store.readObject(bucket, path))).toEqual({
      backupSize: result.backupSize,
      checksumSHA256: result.checksumSHA256,
    });
  });

  it.each([
    ["no method and no Content-Type", {}],
    ["empty strings for what is not set, as Go sends them", { method: "" }],
    ["unknown fields", { method: "rdb", retention: { days: 7 }, secret: null }],
  ])("takes a request with %s", async (_, fields) => {
    const { store } = instance();
    const s3 = { bucket, endpoint: store.endpoint, path: "", region: "", unknown: [] };
    const request = { backupName: "lenient", destination: { s3, gcs: {} }, ...fields };
    expect(backupResultOf(await post(instance(), "/v1/backup", request)).objectKey).toBe("lenient.rdb");
  });

  it("replaces the object when the same backup is forced again", async () => {
    const request = backupRequest(instance().store, { backupName: "again" });
    await post(instance(), "/v1/backup", request);
    await instance().redis.client.set("later", "value");
    const again = await post(instance(), "/v1/backup?force=true", request);
    const { objectKey, ...result } = backupResultOf(again);
    expect(result.keyCounts).toEqual({ db0: 1_001 });
    expect(result).toMatchObject(measure(await instance().store.readObject(bucket, objectKey)));
  });

  it("counts the backups in the metrics", async () => {
    const series = parseExposition((await ask(instance(), "/metrics")).body);
    const name = "instance_manager_backups_total";
    expect(valueOf(series, name, { method: "aof", outcome: "succeeded" })).toBe(1);
    expect(valueOf(series, name, { method: "rdb", outcome: "failed" })).toBe(0);
    expect(valueOf(series, "instance_manager_backup_in_progress")).toBe(0);
  });
});

/** An instance whose snapshots take 3 s: 300 keys of 10 ms. */
async function startSlowlySaving() {
  const instance = await startBackupInstance({ directives: { "rdb-key-save-delay": "10000" } });
  await instance.redis.client.eval("for i = 1, 300 do redis.call('SET', i, i) end", 0);
  return instance;
}

async function isSaving({ client }: RedisServer): Promise<boolean> {
  return (await client.info("persistence")).includes("rdb_bgsave_in_progress:1");
}

describe("a backup that takes long", () => {
  it("is the only one: another gets 409 with its name, and can be had afterwards", async () => {
    await using instance = await startSlowlySaving();
    const first = post(instance, "/v1/backup", backupRequest(instance.store, { backupName: "first" }));
    await waitFor(() => isSaving(instance.redis), { what: "the save to run" });

    const second = backupRequest(instance.store, { backupName: "second" });
    const failure = failureOf(await post(instance, "/v1/backup", second));
    expect(failure).toMatchObject({ status: 409, code: "BACKUP_IN_PROGRESS" });
    expect(failure.message).toContain("first");
    expect(await ask(instance, "/healthz")).toMatchObject({ status: 200 });
    expect(await ask(instance, "/v1/status")).toMatchObject({ status: 200 });

    expect(backupResultOf(await first).objectKey).toBe("first.rdb");
    await instance.redis.client.config("SET", "rdb-key-save-delay", "0");
    expect(backupResultOf(await post(instance, "/v1/backup", second)).objectKey).toBe("second.rdb");
  });

  it("is cancelled when its caller goes away, and leaves nothing behind", async () => {
    await using instance = await startSlowlySaving();
    const caller = new AbortController();
    const given = ask(instance, "/v1/backup", {
      method: "POST",
      body: JSON.stringify(backupRequest(instance.store, { backupName: "given-up" })),
      signal: caller.signal,
    }).catch((error: unknown) => error);
    await waitFor(() => isSaving(instance.redis), { what: "the save to run" });
    await instance.redis.client.config("SET", "rdb-key-save-delay", "0");
    caller.abort();
    await given;
    await waitFor(() => instance.log().some(({ code }) => code === "BACKUP_ABORTED"), { what: "the abort" });
    expect(await instance.store.isEmpty(bucket)).toBe(true);
    expect(backupResultOf(await post(instance, "/v1/backup", backupRequest(instance.store))).objectKey).toBe(
      "nightly.rdb",
    );
  });

  it("is aborted by SIGTERM, and its caller is told before the manager ends", async () => {
    await using instance = await startSlowlySaving();
    const backup = post(instance, "/v1/backup", backupRequest(instance.store));
    await waitFor(() => isSaving(instance.redis), { what: "the save to run" });
    instance.process.kill("SIGTERM");
    expect(failureOf(await backup)).toMatchObject({ status: 500, code: "BACKUP_ABORTED" });
    expect(await instance.process.exited).toEqual({ code: 0, signal: null });
    expect(await instance.store.isEmpty(bucket)).toBe(true);
  });
});

describe("a backup that fails", () => {
  it("answers 500 AOF_DISABLED where Redis keeps no AOF", async () => {
    await using instance = await startBackupInstance({ directives: { appendonly: "no" } });
    const failure = failureOf(
      await post(instance, "/v1/backup", backupRequest(instance.store, { method: "aof" })),
    );
    expect(failure).toMatchObject({ status: 500, code: "AOF_DISABLED" });
  });

  it("answers 500 SNAPSHOT_FAILED where Redis can't save", async () => {
    await using instance = await startBackupInstance();
    await mkdir(join(instance.redis.dir, "dump.rdb"));
    const failure = failureOf(await post(instance, "/v1/backup", backupRequest(instance.store)));
    expect(failure).toMatchObject({ status: 500, code: "SNAPSHOT_FAILED" });
    expect(failure.message).toContain("rdb_last_bgsave_status=err");
    expect(await instance.store.isEmpty(bucket)).toBe(true);
    const series = parseExposition((await ask(instance, "/metrics")).body);
    expect(valueOf(series, "instance_manager_backups_total", { method: "rdb", outcome: "failed" })).toBe(1);
  });

  it("answers 500 UPLOAD_FAILED with a short reason where there is no such bucket", async () => {
    await using instance = await startBackupInstance();
    const request = backupRequest(instance.store, { s3: { bucket: "no-such-bucket" } });
    const answer = await post(instance, "/v1/backup", request);
    const failure = failureOf(answer);
    expect(failure).toMatchObject({ status: 500, code: "UPLOAD_FAILED" });
    expect(failure.message).toMatch(/no-such-bucket.*NoSuchBucket/);
    expect(answer.body.length).toBeLessThan(4_096);
    await instance.stop();
    expect(instance.log()).toContainEqual(
      expect.objectContaining({ level: "error", msg: "request failed", code: "UPLOAD_FAILED" }),
    );
  });

  it("answers 500 UPLOAD_FAILED where nothing listens, and where what listens is no store", async () => {
    await using instance = await startBackupInstance();
    await using hole = await startBlackHole({ behaviour: "garbage" });
    // One that was free could be another test's by the time that the last attempt is made.
    for (const port of [unusedPort, hole.port]) {
      const request = backupRequest({ endpoint: `http://127.0.0.1:${port}` });
      expect(failureOf(await post(instance, "/v1/backup", request))).toMatchObject({
        status: 500,
        code: "UPLOAD_FAILED",
      });
    }
  });
});

describe("the bundle of backups", () => {
  it("is loaded by each backup, and a failure to load it doesn't last", async () => {
    await using folder = await createTemporaryDirectory("bundle");
    await using redis = await startRedisServer();
    await using instance = await startBackupInstance();
    await cp(join(dist, "main.cjs"), join(folder.path, "main.cjs"));
    const port = await freePort();
    await using _manager = await startProcess({
      command: process.execPath,
      args: [join(folder.path, "main.cjs")],
      env: {
        PATH: process.env["PATH"],
        HTTP_PORT: String(port),
        REDIS_SUPERVISE: "false",
        REDIS_PORT: String(redis.port),
        BACKUP_CREDENTIALS_DIR: instance.credentialsDir,
      },
    });
    const manager = { url: `http://127.0.0.1:${port}` };
    await waitFor(async () => (await ask(manager, "/readyz")).status === 200, { what: "/readyz 200" });
    const request = backupRequest(instance.store);
    const failure = failureOf(await post(manager, "/v1/backup", request));
    expect(failure).toMatchObject({ status: 500, code: "BACKUP_PROCESS_DIED" });
    expect(failure.message).not.toContain(folder.path);

    await cp(join(dist, "backup.cjs"), join(folder.path, "backup.cjs"));
    expect(backupResultOf(await post(manager, "/v1/backup", request)).objectKey).toBe("nightly.rdb");
  });
});
