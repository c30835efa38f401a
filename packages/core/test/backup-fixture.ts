import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory, type RedisServer, startRedisServer } from "@redis-operator/testbed";
import { extract } from "tar";
import type { Artifact } from "../src/backup/artifact.ts";
import type { BackupSetup } from "../src/backup/backup-messages.ts";
import { createBackupProcess } from "../src/backup/backup-process.ts";
import type {
  BackupMethod,
  BackupProgress,
  BackupRequest,
  BackupRunOptions,
  BackupSettings,
} from "../src/backup/backup-request.ts";
import { makeBackup } from "../src/backup/make-backup.ts";
import type { S3Destination } from "../src/backup/s3-destination.ts";
import type { UploadOptions } from "../src/backup/upload.ts";
import { createRedisConnection } from "../src/redis/connection.ts";

/** Where a test's backups go. */
export interface TestStore {
  readonly endpoint: string;
  readonly credentials: Readonly<Record<string, string>>;
}

/** What a test backs up with. */
export interface BackupsOptions {
  readonly store: TestStore;
  readonly settings?: Partial<BackupSettings>;
  readonly redisTimeoutMs?: number;
  /** Options of Node for the child process. */
  readonly execArgv?: readonly string[];
  readonly modulePath?: string;
}

/** A backup that a test asks for: by default `nightly`, to `backups`. */
interface BackupOptions extends Partial<BackupRunOptions> {
  readonly backupName?: string;
  readonly destination?: Partial<S3Destination>;
  readonly setup?: Partial<BackupSetup>;
}

export const neverAborted = new AbortController().signal;

const partThreadProgram = new URL("../src/backup/part-thread.ts", import.meta.url).pathname;

const settings: BackupSettings = {
  pollIntervalMs: 50,
  persistenceTimeoutMs: 30_000,
  uploadTimeoutMs: 30_000,
  uploadConnectTimeoutMs: 5_000,
  uploadIdleTimeoutMs: 5_000,
  uploadMaxAttempts: 2,
};

/** Backups of one Redis to one store, in this process or, with `child`, as the manager makes them. */
export async function createBackups({ port }: { readonly port: number }, options: BackupsOptions) {
  const { store, redisTimeoutMs = 2_000 } = options;
  const folder = await createTemporaryDirectory("backups");
  const credentialsDir = join(folder.path, "credentials");
  await mkdir(credentialsDir);
  for (const [name, value] of Object.entries(store.credentials)) {
    await writeFile(join(credentialsDir, name), `${value}\n`);
  }
  const setup: BackupSetup = {
    redis: { host: "127.0.0.1", port, connectTimeoutMs: redisTimeoutMs, commandTimeoutMs: redisTimeoutMs },
    credentialsDir,
    journalDir: join(folder.path, "uploads"),
    partThreadProgram,
    settings: { ...settings, ...options.settings },
  };
  const redis = createRedisConnection(setup.redis);
  const pidFile = join(folder.path, "pid");
  const logged: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
  const log = (fields: Readonly<Record<string, unknown>>, message: string) =>
    void logged.push({ message, fields });
  const logger = { debug: log, info: log, warn: log, error: log };
  const progress: BackupProgress[] = [];
  const createChild = (changes: Partial<BackupSetup> = {}) =>
    createBackupProcess({
      modulePath: options.modulePath ?? new URL("./backup-child.ts", import.meta.url).pathname,
      execArgv: options.execArgv ?? [],
      env: { PATH: process.env["PATH"], PID_FILE: pidFile },
      setup: { ...setup, ...changes },
      logger,
    });

  function describe(method: BackupMethod, backup: BackupOptions): [BackupRequest, BackupRunOptions] {
    const { backupName = "nightly", destination } = backup;
    const { signal = neverAborted, onProgress = (reported) => void progress.push(reported) } = backup;
    const place = { bucket: "backups", path: "redis", endpoint: store.endpoint, region: "us-east-1" };
    return [
      { backupName, method, destination: { ...place, ...destination } },
      { signal, onProgress },
    ];
  }
  return {
    setup,
    logged,
    progress,
    async run(method: BackupMethod, backup: BackupOptions = {}) {
      const [request, runOptions] = describe(method, backup);
      return await makeBackup(request, {
        ...runOptions,
        redis,
        setup: { ...setup, ...backup.setup },
        logger,
      });
    },
    async runInChild(method: BackupMethod, backup: BackupOptions = {}) {
      const [request, runOptions] = describe(method, backup);
      return await createChild(backup.setup).run(request, runOptions);
    },
    discardLeftovers: () => createChild().discardLeftovers(),
    /** Of the last child process. */
    readChildPid: async () => Number(await readFile(pidFile, "utf8")),
    async [Symbol.asyncDispose]() {
      redis.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Writes values that can't be compressed, so that the artifacts grow by as much. */
export async function writeRandomValues({ client }: RedisServer, mebibytes: number): Promise<void> {
  for (let index = 0; index < mebibytes; index += 1) {
    await client.set(`random:${index}`, randomBytes(1024 * 1024));
  }
}

/** Starts a Redis on a stored RDB file: as `dump.rdb`, or as the base of an append-only directory. */
export async function restoreSnapshot(rdb: Buffer, as: "dump.rdb" | "appendonlydir") {
  const folder = await createTemporaryDirectory("restored");
  if (as === "dump.rdb") {
    await writeFile(join(folder.path, "dump.rdb"), rdb);
    return await startOn(folder, { appendonly: "no" });
  }
  const directory = join(folder.path, "appendonlydir");
  await mkdir(directory);
  await writeFile(join(directory, "appendonly.aof.1.base.rdb"), rdb);
  await writeFile(
    join(directory, "appendonly.aof.manifest"),
    "file appendonly.aof.1.base.rdb seq 1 type b\n",
  );
  return await startOn(folder, { appendonly: "yes" });
}

/** Starts a Redis on a stored archive, unpacked into its append-only directory. */
export async function restoreArchive(archive: Buffer, directives: Readonly<Record<string, string>> = {}) {
  const folder = await createTemporaryDirectory("restored");
  const directory = join(folder.path, directives["appenddirname"] ?? "appendonlydir");
  await mkdir(directory);
  const file = join(folder.path, "archive.aof.tar.gz");
  await writeFile(file, archive);
  await extract({ file, cwd: directory, strict: true });
  return await startOn(folder, { ...directives, appendonly: "yes" });
}

async function startOn(
  folder: AsyncDisposable & { readonly path: string },
  directives: Readonly<Record<string, string>>,
) {
  try {
    const server = await startRedisServer({ dir: folder.path, directives });
    return {
      client: server.client,
      async [Symbol.asyncDispose]() {
        await server.stop();
        await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

/** Writes keys `<prefix>:0`, `<prefix>:1`, … without a pause, in pipelines, until it goes out of scope. */
export function startWriter(server: RedisServer, prefix: string) {
  let acknowledged = 0;
  const stop = new AbortController();
  const client = server.client.duplicate();
  client.on("error", () => undefined);

  async function write() {
    while (!stop.signal.aborted) {
      const pipeline = client.pipeline();
      for (let index = 0; index < 200; index += 1) pipeline.set(`${prefix}:${acknowledged + index}`, "value");
      const replies = await pipeline.exec();
      if (replies === null || replies.some(([error]) => error !== null)) {
        throw new Error("the server refused a write");
      }
      acknowledged += 200;
    }
  }
  const done = write();
  return {
    /** How many keys, from 0 on, the server has acknowledged. */
    acknowledged: () => acknowledged,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done;
      client.disconnect();
    },
  };
}

/** An artifact of zeros, as `open` ones are read. */
export function fakeArtifact(options: {
  readonly sizeBytes: number;
  readonly maxSizeBytes?: number;
  /** Is thrown when so many bytes were read. */
  readonly failsAt?: { readonly bytes: number; readonly error: Error };
}): Artifact {
  const { sizeBytes, maxSizeBytes = sizeBytes, failsAt } = options;
  let position = 0;
  return {
    type: "rdb",
    maxSizeBytes,
    read(target) {
      if (failsAt !== undefined && position >= failsAt.bytes) return Promise.reject(failsAt.error);
      const length = Math.min(target.length, sizeBytes - position);
      target.fill(0, 0, length);
      position += length;
      return Promise.resolve(length);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const ignore = () => undefined;

/** How an artifact is uploaded to a store by itself, as `nightly.rdb`. */
export function uploadOptions(store: { readonly endpoint: string }): UploadOptions {
  const startedAt = "2026-01-01T00:00:00.000Z";
  return {
    destination: { bucket: "backups", path: "", endpoint: store.endpoint, region: "us-east-1" },
    objectKey: "nightly.rdb",
    credentials: { accessKeyId: "test-key-id", secretAccessKey: "test-secret" },
    partThreadProgram,
    startedAt,
    describe: (stored) => ({
      ...stored,
      backupName: "nightly",
      artifactType: "rdb",
      method: "rdb",
      objectKey: "nightly.rdb",
      redisVersion: "7.0.15",
      server: "redis",
      replicationId: "8f3c",
      replicationOffset: 0,
      keyCounts: {},
      keyCountsAfter: {},
      startedAt,
      finishedAt: startedAt,
    }),
    timeoutMs: 60_000,
    connectTimeoutMs: 1_000,
    idleTimeoutMs: 5_000,
    maxAttempts: 2,
    signal: neverAborted,
    journal: {
      list: () => Promise.resolve([]),
      write: () => Promise.resolve(),
      forget: () => Promise.resolve(),
    },
    onProgress: ignore,
    logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  };
}
