import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  freePort,
  type ObjectStore,
  startFaultProxy,
  startObjectStore,
  startRedisServer,
  startStoreProxy,
  type StoreRequest,
  type Treatment,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { type BackupMetadata, serializeBackupMetadata } from "../src/backup/backup-metadata.ts";
import { createUploadJournal, type UploadEntry } from "../src/backup/upload-journal.ts";
import { createBackups, restoreSnapshot, uploadOptions, writeRandomValues } from "./backup-fixture.ts";
import { createRecordingLogger } from "./recording-logger.ts";

const startStore = () => startObjectStore({ buckets: ["backups"] });
const mebibyte = 1024 * 1024;

/** Redis with four parts of data, and a store that goes silent in the middle of the first upload. */
async function startStalledUpload() {
  await using started = new AsyncDisposableStack();
  const store = started.use(await startStore());
  const proxy = started.use(
    await startFaultProxy({ targetPort: store.port, stallAfterBytes: 12 * mebibyte }),
  );
  const redis = started.use(await startRedisServer());
  const backups = started.use(
    await createBackups(redis, { store: { ...store, endpoint: `http://127.0.0.1:${proxy.port}` } }),
  );
  await writeRandomValues(redis, 30);
  const running = started.move();
  return { store, proxy, redis, backups, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** As S3 does: a quarter of an hour is allowed. */
function isSkewed({ headers }: StoreRequest): boolean {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers["x-amz-date"])) ?? [];
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Math.abs(signedAt - Date.now()) > 900_000;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

const put = (store: ObjectStore, key: string, body: string) =>
  fetch(`${store.endpoint}/backups/${key}`, { method: "PUT", body });

describe("the process of a backup", () => {
  it("makes the backup, tells how far it is, and is gone with it", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await redis.client.set("key", "value");
    const result = await backups.runInChild("rdb");
    expect(result).toMatchObject({ backupPath: "s3://backups/redis/nightly.rdb", keyCounts: { db0: 1 } });
    // A phase that takes long is told more than once.
    expect(Array.from(new Set(backups.progress.map(({ phase }) => phase)))).toEqual([
      "waiting",
      "saving",
      "uploading",
      "confirming",
    ]);
    expect(isAlive(await backups.readChildPid())).toBe(false);
    await using restored = await restoreSnapshot(
      await store.readObject("backups", result.objectKey),
      "dump.rdb",
    );
    expect(await restored.client.get("key")).toBe("value");
  });

  it("answers with the code, the message and the cause of what failed", async () => {
    await using store = await startStore();
    const redis = await startRedisServer();
    await redis.stop();
    await using backups = await createBackups(redis, { store });
    await expect(backups.runInChild("rdb")).rejects.toMatchObject({
      name: "InstanceError",
      code: "SNAPSHOT_FAILED",
      message: expect.stringContaining("ECONNREFUSED"),
      cause: { name: "InstanceError", code: "REDIS_UNREACHABLE" },
    });
  });

  it("passes its log on", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await backups.runInChild("rdb", { setup: { journalDir: "/nonexistent/upload.json" } });
    expect(backups.logged).toContainEqual({
      message: expect.stringContaining("remembering the upload failed"),
      fields: { reason: expect.stringContaining("ENOENT") },
    });
  });

  it("has cleaned up when an abort is answered", async () => {
    await using stalled = await startStalledUpload();
    const { backups, store, proxy } = stalled;
    const controller = new AbortController();
    const outcome = backups.runInChild("rdb", { signal: controller.signal }).catch((error: unknown) => error);
    await proxy.stalled;
    controller.abort(new Error("the manager stops"));
    expect(await outcome).toMatchObject({
      code: "BACKUP_ABORTED",
      message: "backup nightly was aborted: the manager stops",
    });
    // What could not be removed is told with the reason.
    expect(backups.logged).toEqual([]);
    expect(await store.isEmpty("backups")).toBe(true);
    expect(isAlive(await backups.readChildPid())).toBe(false);
  });

  it("does not start for a signal that is aborted already", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await expect(backups.runInChild("rdb", { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "BACKUP_ABORTED",
    });
    await expect(backups.readChildPid()).rejects.toThrow("ENOENT");
  });

  it("answers BACKUP_PROCESS_DIED when it is killed, has what it left removed, and the next backup works", async () => {
    await using stalled = await startStalledUpload();
    const { backups, store, proxy } = stalled;
    const outcome = backups.runInChild("rdb").catch((error: unknown) => error);
    await proxy.stalled;
    process.kill(await backups.readChildPid(), "SIGKILL");
    expect(await outcome).toMatchObject({
      code: "BACKUP_PROCESS_DIED",
      message: "backup nightly failed while uploading: its process was killed by SIGKILL",
    });
    expect(await store.isEmpty("backups")).toBe(true);
    expect(await exists(backups.setup.journalDir)).toBe(false);
    expect(backups.logged.map(({ message }) => message)).toEqual([
      "a backup process died",
      expect.stringContaining("removed what a killed backup had left"),
    ]);
    expect(await backups.runInChild("rdb")).toMatchObject({ artifactType: "rdb" });
  });

  it("answers BACKUP_PROCESS_DIED with its last words in the log when it can't run", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store, modulePath: "/nonexistent/backup.cjs" });
    await expect(backups.runInChild("rdb")).rejects.toMatchObject({
      code: "BACKUP_PROCESS_DIED",
      message: "backup nightly failed while waiting: its process ended with code 1",
    });
    expect(backups.logged).toContainEqual({
      message: "a backup process died",
      fields: expect.objectContaining({ output: expect.stringContaining("Cannot find module") }),
    });
  });

  it("works although its clock jumps by a day, for which the store refuses its signature", async () => {
    await using store = await startStore();
    let refused = 0;
    await using proxy = await startStoreProxy({
      targetPort: store.port,
      treat(request) {
        if (!isSkewed(request)) return "forward";
        refused += 1;
        return { status: 403, code: "RequestTimeTooSkewed" };
      },
    });
    await using redis = await startRedisServer();
    const clock = new URL("./fixtures/jumping-clock.cjs", import.meta.url).pathname;
    await using backups = await createBackups(redis, {
      store: { ...store, endpoint: proxy.endpoint },
      execArgv: ["--require", clock],
    });
    await writeRandomValues(redis, 30);
    expect(await backups.runInChild("rdb")).toMatchObject({ artifactType: "rdb" });
    expect(refused).toBeGreaterThan(0);
  });
});

describe("what a killed process has left", () => {
  const startedAt = "2026-11-22T10:00:00.000Z";

  /** A journal as a process has left it that was killed, and the store that it was about. */
  async function startLeftovers(
    change: Partial<UploadEntry>,
    treat: (request: StoreRequest) => Treatment = () => "forward",
  ) {
    await using started = new AsyncDisposableStack();
    const store = started.use(await startStore());
    const proxy = started.use(await startStoreProxy({ targetPort: store.port, treat }));
    const redis = started.use(await startRedisServer());
    const backups = started.use(
      await createBackups(redis, { store: { ...store, endpoint: proxy.endpoint } }),
    );
    const entry: UploadEntry = {
      store: { endpoint: proxy.endpoint, region: "us-east-1" },
      bucket: "backups",
      objectKey: "redis/killed.rdb",
      startedAt,
      previous: { kind: "none" },
      ...change,
    };
    await createUploadJournal(backups.setup.journalDir, createRecordingLogger().logger).write(entry);
    const running = started.move();
    return { store, backups, [Symbol.asyncDispose]: () => running.disposeAsync() };
  }

  const describeBackup = (changes: Partial<BackupMetadata> = {}) =>
    serializeBackupMetadata({
      ...uploadOptions({ endpoint: "" }).describe({ sizeBytes: 3, checksumSha256: "0".repeat(64) }),
      startedAt,
      ...changes,
    });

  it("costs no process where there is nothing", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await backups.discardLeftovers();
    await expect(backups.readChildPid()).rejects.toThrow("ENOENT");
  });

  it("is found by its key where the store had not named the upload yet, and no other key is touched", async () => {
    const ids = { "redis/killed.rdb": "", "redis/killed.rdb.other": "" };
    await using leftovers = await startLeftovers({}, ({ method, url }) =>
      method === "GET" && /[?&]uploads\b/.test(url)
        ? {
            xml: `<ListMultipartUploadsResult>${Object.entries(ids)
              .map(([key, id]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`)
              .join("")}</ListMultipartUploadsResult>`,
          }
        : "forward",
    );
    const { store, backups } = leftovers;
    ids["redis/killed.rdb"] = await createUpload(store, "redis/killed.rdb");
    ids["redis/killed.rdb.other"] = await createUpload(store, "redis/killed.rdb.other");
    await backups.discardLeftovers();
    expect(backups.logged).toEqual([
      {
        message: "removed what a killed backup had left in the store",
        fields: { bucket: "backups", key: "redis/killed.rdb", uploads: 1, object: false },
      },
    ]);
    expect(await exists(backups.setup.journalDir)).toBe(false);
    expect(await store.isEmpty("backups")).toBe(false);
    await abortUpload(store, "redis/killed.rdb.other", ids["redis/killed.rdb.other"]);
    expect(await store.isEmpty("backups")).toBe(true);
  });

  it.each([
    ["an object without its metadata", undefined],
    [
      "an object beside the metadata of the one that it replaced",
      describeBackup({ startedAt: "2026-11-21T10:00:00.000Z" }),
    ],
    ["an object beside what is no metadata", "garbage"],
  ])("is removed: %s", async (_what, metadata) => {
    const head = { sizeBytes: 5, eTag: '"earlier"' };
    const previous = { kind: "object", head, backupStartedAt: "2026-11-21T10:00:00.000Z" } as const;
    await using leftovers = await startLeftovers({ isStored: true, previous });
    const { store, backups } = leftovers;
    await put(store, "redis/killed.rdb", "RDB");
    if (metadata !== undefined) await put(store, "redis/killed.rdb.metadata.json", metadata);
    await backups.discardLeftovers();
    expect(await store.isEmpty("backups")).toBe(true);
    expect(backups.logged).toMatchObject([{ fields: { object: true } }]);
  });

  it("stays when it is a complete backup that only the journal did not know of", async () => {
    await using leftovers = await startLeftovers({ isStored: true });
    const { store, backups } = leftovers;
    await put(store, "redis/killed.rdb", "RDB");
    await put(store, "redis/killed.rdb.metadata.json", describeBackup());
    await backups.discardLeftovers();
    expect((await store.readObject("backups", "redis/killed.rdb")).toString()).toBe("RDB");
    expect(await exists(backups.setup.journalDir)).toBe(false);
  });

  it("stays when another instance has made a backup of that name since", async () => {
    await using leftovers = await startLeftovers({ isStored: true });
    const { store, backups } = leftovers;
    await put(store, "redis/killed.rdb", "RDB");
    await put(
      store,
      "redis/killed.rdb.metadata.json",
      describeBackup({ startedAt: "2026-11-22T11:00:00.000Z" }),
    );
    await backups.discardLeftovers();
    expect((await store.readObject("backups", "redis/killed.rdb")).toString()).toBe("RDB");
    expect(await exists(backups.setup.journalDir)).toBe(false);
  });

  it("stays in the journal while the store is not there", async () => {
    const port = await freePort();
    await using leftovers = await startLeftovers({
      store: { endpoint: `http://127.0.0.1:${port}`, region: "eu" },
    });
    const { backups } = leftovers;
    await backups.discardLeftovers();
    expect(backups.logged).toMatchObject([
      {
        message: expect.stringContaining("removing what a failed upload has left failed"),
        fields: { key: "redis/killed.rdb", reason: expect.stringContaining("ECONNREFUSED") },
      },
    ]);
    expect(await exists(backups.setup.journalDir)).toBe(true);
  });

  it("is told of where the journal can't be understood, and the next backup works", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await mkdir(backups.setup.journalDir);
    await writeFile(join(backups.setup.journalDir, "killed.json"), "garbage");
    expect(await backups.runInChild("rdb")).toMatchObject({ artifactType: "rdb" });
    expect(backups.logged).toMatchObject([
      {
        message: "the memory of an upload is dropped",
        fields: { reason: expect.stringContaining("it is no JSON") },
      },
    ]);
    expect(await exists(backups.setup.journalDir)).toBe(false);
  });
});

async function createUpload({ endpoint }: ObjectStore, key: string): Promise<string> {
  const response = await fetch(`${endpoint}/backups/${key}?uploads`, { method: "POST" });
  const id = /<UploadId>(.*)<\/UploadId>/.exec(await response.text())?.[1];
  if (id === undefined) throw new Error("the store named no upload");
  return id;
}

async function abortUpload({ endpoint }: ObjectStore, key: string, id: string): Promise<void> {
  await fetch(`${endpoint}/backups/${key}?uploadId=${id}`, { method: "DELETE" });
}
