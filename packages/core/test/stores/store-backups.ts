import { createTemporaryDirectory, type RedisServer, startRedisServer } from "@redis-operator/testbed";
import type { BackupMethod, BackupResult, BackupRunOptions } from "../../src/backup/backup-request.ts";
import { runPruneJob } from "../../src/backup/prune-job.ts";
import type { PruneRequest } from "../../src/backup/prune-request.ts";
import type { S3Destination } from "../../src/backup/s3-destination.ts";
import { restoreBackup } from "../../src/restore/restore-backup.ts";
import { createBackups, neverAborted } from "../backup-fixture.ts";
import type { StoreUnderTest } from "./store-under-test.ts";

type StoreAccess = Pick<StoreUnderTest, "destination" | "credentials">;

/** A backup that a test asks for: by default `nightly`, to the store's destination. */
interface StoreBackup extends Partial<BackupRunOptions> {
  readonly backupName?: string;
  /** What differs from the store's destination. */
  readonly destination?: Partial<S3Destination>;
}

const ignore = () => undefined;

/** Makes backups of one Redis in one store, each in a process of its own as the manager does, and prunes them. */
export async function createStoreBackups(redis: RedisServer, store: StoreAccess) {
  const { destination, credentials } = store;
  const backups = await createBackups(redis, {
    store: { endpoint: destination.endpoint, credentials: { ...credentials } },
    settings: { persistenceTimeoutMs: 60_000, uploadTimeoutMs: 60_000, uploadIdleTimeoutMs: 30_000 },
  });
  return {
    readChildPid: backups.readChildPid,
    run: (method: BackupMethod, backup: StoreBackup = {}) =>
      backups.runInChild(method, { ...backup, destination: { ...destination, ...backup.destination } }),
    prune: (request: Omit<PruneRequest, "destination">) =>
      runPruneJob({ ...request, destination }, { setup: backups.setup, signal: neverAborted }),
    restore: (result: BackupResult) =>
      restoreStored(store, { result, credentialsDir: backups.setup.credentialsDir }),
    [Symbol.asyncDispose]: () => backups[Symbol.asyncDispose](),
  };
}

/** Restores a backup into a folder of its own and starts a Redis on it. */
async function restoreStored(
  { destination }: StoreAccess,
  { result, credentialsDir }: { readonly result: BackupResult; readonly credentialsDir: string },
): Promise<RedisServer> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await createTemporaryDirectory("restored"));
  await restoreBackup(
    {
      source: { bucket: destination.bucket, key: result.objectKey },
      store: destination,
      dataDir: folder.path,
      names: {
        snapshot: "dump.rdb",
        appendOnlyDirectory: "appendonlydir",
        appendOnlyFile: "appendonly.aof",
      },
      isAppendOnly: true,
      isForced: false,
      isVerified: true,
    },
    {
      credentialsDir,
      redisBinary: "redis-server",
      patience: { connectTimeoutMs: 10_000, idleTimeoutMs: 30_000, maxAttempts: 3 },
      redisTimeoutMs: 30_000,
      signal: neverAborted,
      onProgress: ignore,
      logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    },
  );
  const redis = started.use(await startRedisServer({ dir: folder.path, directives: { appendonly: "yes" } }));
  const running = started.move();
  return { ...redis, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
