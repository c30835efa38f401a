import {
  freePort,
  startBlackHole,
  startFaultProxy,
  startObjectStore,
  startRedisServer,
  startSigningObjectStore,
} from "@redis-operator/testbed";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Artifact } from "../src/backup/artifact.ts";
import { uploadArtifact } from "../src/backup/upload.ts";
import { InstanceError } from "../src/errors.ts";
import { createBackups, neverAborted, writeRandomValues } from "./backup-fixture.ts";

const startStore = () => startObjectStore({ buckets: ["backups"] });
const credentials = { accessKeyId: "test-key-id", secretAccessKey: "test-secret" };
const mebibyte = 1024 * 1024;
const ignore = () => undefined;

describe("the upload of a backup", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("answers UPLOAD_FAILED with name and status when the bucket is missing, and the next backup works", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await expect(backups.run("rdb", { bucket: "missing" })).rejects.toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringMatching(
        /^uploading s3:\/\/missing\/redis\/nightly\.rdb to 127\.0\.0\.1:\d+ failed: NoSuchBucket \(HTTP 404\)/,
      ),
    });
    expect(await backups.run("rdb")).toMatchObject({ backupPath: "s3://backups/redis/nightly.rdb" });
  });

  it("is accepted by a store that checks signatures, in one request and in parts", async () => {
    await using store = await startSigningObjectStore({ buckets: ["backups"] });
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    expect(await backups.run("rdb", { backupName: "small" })).toMatchObject({ artifactType: "rdb" });
    await writeRandomValues(redis, 20);
    expect(await backups.run("rdb", { backupName: "large" })).toMatchObject({ artifactType: "rdb" });
  });

  it("answers UPLOAD_FAILED without a secret when the secret is wrong", async () => {
    await using store = await startSigningObjectStore({ buckets: ["backups"] });
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, {
      store: { ...store, credentials: { ...store.credentials, secretAccessKey: "wrong-secret" } },
    });
    const error: unknown = await backups.run("rdb").catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringContaining("SignatureDoesNotMatch (HTTP 403)"),
    });
    expect(String(error)).not.toContain("wrong-secret");
  });

  it("answers UPLOAD_FAILED with the reason when nothing listens, and keeps the endpoint's password to itself", async () => {
    const port = await freePort();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, {
      store: { endpoint: `http://user:hidden@127.0.0.1:${port}`, credentials },
    });
    const error: unknown = await backups.run("rdb").catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "UPLOAD_FAILED",
      message: `uploading s3://backups/redis/nightly.rdb to 127.0.0.1:${port} failed: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  it("answers UPLOAD_FAILED when the store accepts connections and says nothing", async () => {
    await using store = await startBlackHole();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, {
      store: { endpoint: `http://127.0.0.1:${store.port}`, credentials },
      settings: { uploadIdleTimeoutMs: 100 },
    });
    await expect(backups.run("rdb")).rejects.toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringContaining("timed out after 100 ms of inactivity"),
    });
  });

  it("leaves neither an object nor parts when its time is over", async () => {
    await using store = await startStore();
    await using proxy = await startFaultProxy({ targetPort: store.port, stallAfterBytes: 12 * mebibyte });
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, {
      store: { ...store, endpoint: `http://127.0.0.1:${proxy.port}` },
      settings: { uploadTimeoutMs: 1_000 },
    });
    await writeRandomValues(redis, 30);
    await expect(backups.run("rdb")).rejects.toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringMatching(/failed: not finished within 1000 ms$/),
    });
    expect(await store.isEmpty("backups")).toBe(true);
  });

  it.each(["rdb", "aof"] as const)(
    "leaves neither an object nor parts of %s when it is aborted in the middle",
    async (method) => {
      await using store = await startStore();
      await using proxy = await startFaultProxy({ targetPort: store.port, stallAfterBytes: 12 * mebibyte });
      await using redis = await startRedisServer({ directives: { appendonly: "yes" } });
      await using backups = await createBackups(redis, {
        store: { ...store, endpoint: `http://127.0.0.1:${proxy.port}` },
      });
      await writeRandomValues(redis, 30);
      const controller = new AbortController();
      const run = backups.runner.run(backups.request(method), { signal: controller.signal });
      const outcome = run.catch((error: unknown) => error);
      await proxy.stalled;
      expect(await store.isEmpty("backups")).toBe(false);
      controller.abort(new Error("the manager stops"));

      expect(await outcome).toMatchObject({
        code: "BACKUP_ABORTED",
        message: "backup nightly was aborted: the manager stops",
      });
      expect(await store.isEmpty("backups")).toBe(true);
      expect(backups.logged).toEqual(["backup started"]);
      expect(await backups.run(method)).toMatchObject({ backupPath: expect.stringContaining("nightly") });
    },
  );

  it("stores nothing when the artifact can't be read to its end", async () => {
    await using store = await startStore();
    const unreadable = new InstanceError("ARTIFACT_FAILED", "reading dump.rdb failed");
    const artifact: Artifact = {
      type: "rdb",
      maxSizeBytes: 30 * mebibyte,
      async *read() {
        for (let index = 0; index < 20; index += 1) yield Buffer.alloc(mebibyte);
        throw unreadable;
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const upload = uploadArtifact(artifact, {
      destination: { bucket: "backups", path: "", endpoint: store.endpoint, region: "us-east-1" },
      objectKey: "nightly.rdb",
      credentials,
      timeoutMs: 10_000,
      connectTimeoutMs: 1_000,
      idleTimeoutMs: 1_000,
      signal: neverAborted,
      logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    });
    await expect(upload).rejects.toBe(unreadable);
    expect(await store.isEmpty("backups")).toBe(true);
  });

  it("warns of parts that it could not remove, and still tells why the upload failed", async () => {
    await using store = await startStore();
    const proxy = await startFaultProxy({ targetPort: store.port, stallAfterBytes: 12 * mebibyte });
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, {
      store: { ...store, endpoint: `http://127.0.0.1:${proxy.port}` },
    });
    await writeRandomValues(redis, 30);
    const outcome = backups.run("rdb").catch((error: unknown) => error);
    await proxy.stalled;
    await proxy[Symbol.asyncDispose]();
    expect(await outcome).toMatchObject({ code: "UPLOAD_FAILED" });
    expect(backups.logged).toEqual([
      "backup started",
      expect.stringContaining("removing the parts of a failed upload failed"),
    ]);
  });

  it("does not begin for a signal that is aborted already", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await expect(
      backups.runner.run(backups.request("rdb"), { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: "BACKUP_ABORTED" });
    expect(await redis.client.info("persistence")).toContain("rdb_saves:0");
  });

  it("refuses a second backup with the name of the one that runs", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    const first = backups.run("rdb", { backupName: "first" });
    await expect(backups.run("rdb", { backupName: "second" })).rejects.toMatchObject({
      code: "BACKUP_IN_PROGRESS",
      message: "starting backup second failed: backup first is running",
    });
    expect(await first).toMatchObject({ objectKey: "redis/first.rdb" });
    expect(await backups.run("rdb", { backupName: "second" })).toMatchObject({
      objectKey: "redis/second.rdb",
    });
  });

  it("does not put Redis to work when the credentials are incomplete", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, {
      store: { ...store, credentials: { accessKeyId: "test-key-id" } },
    });
    await expect(backups.run("rdb")).rejects.toMatchObject({ code: "BACKUP_CREDENTIALS_INVALID" });
    expect(await redis.client.info("persistence")).toContain("rdb_saves:0");
  });

  it("uses the SDK's own chain when there are no credentials files", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "S3RVER");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "S3RVER");
    await using store = await startSigningObjectStore({ buckets: ["backups"] });
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store: { ...store, credentials: {} } });
    expect(await backups.run("rdb")).toMatchObject({ artifactType: "rdb" });
  });

  it("answers BACKUP_CREDENTIALS_INVALID when the SDK's own chain finds none either", async () => {
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store: { ...store, credentials: {} } });
    await expect(backups.runner.run(backups.request("rdb"), { signal: neverAborted })).rejects.toMatchObject({
      code: "BACKUP_CREDENTIALS_INVALID",
      message: expect.stringContaining("Could not load credentials"),
    });
  });
});
