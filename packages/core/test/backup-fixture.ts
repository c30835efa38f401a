import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory, type RedisServer, startRedisServer } from "@redis-operator/testbed";
import { extract } from "tar";
import { type BackupOutcome, type BackupSettings, createBackupRunner } from "../src/backup/backup-runner.ts";
import { createRedisConnection } from "../src/redis/connection.ts";

/** Where a test's backups go. */
export interface TestStore {
  readonly endpoint: string;
  readonly credentials: Readonly<Record<string, string>>;
}

export const neverAborted = new AbortController().signal;

const settings: BackupSettings = {
  pollIntervalMs: 50,
  persistenceTimeoutMs: 30_000,
  uploadTimeoutMs: 30_000,
  uploadConnectTimeoutMs: 5_000,
  uploadIdleTimeoutMs: 5_000,
};

/** A runner for one Redis and one store, with short ways to call it. */
export async function createBackups(
  { port }: { readonly port: number },
  options: { readonly store: TestStore; readonly settings?: Partial<BackupSettings> },
) {
  const { store } = options;
  const credentialsFolder = await createTemporaryDirectory("credentials");
  for (const [name, value] of Object.entries(store.credentials)) {
    await writeFile(join(credentialsFolder.path, name), `${value}\n`);
  }
  const redis = createRedisConnection({
    host: "127.0.0.1",
    port,
    connectTimeoutMs: 2_000,
    commandTimeoutMs: 2_000,
  });
  const logged: string[] = [];
  const outcomes: BackupOutcome[] = [];
  const log = (_fields: unknown, message: string) => void logged.push(message);
  const runner = createBackupRunner({
    redis,
    credentialsDir: credentialsFolder.path,
    logger: { debug: log, info: log, warn: log, error: log },
    settings: { ...settings, ...options.settings },
    observer: { backupStarted: () => undefined, backupEnded: (outcome) => void outcomes.push(outcome) },
  });

  function request(method: "rdb" | "aof", changes: { backupName?: string; bucket?: string } = {}) {
    const { backupName = "nightly", bucket = "backups" } = changes;
    const destination = { bucket, path: "redis", endpoint: store.endpoint, region: "us-east-1" };
    return { backupName, method, destination };
  }
  return {
    runner,
    logged,
    outcomes,
    request,
    run: (method: "rdb" | "aof", changes: { backupName?: string; bucket?: string } = {}) =>
      runner.run(request(method, changes), { signal: neverAborted }),
    async [Symbol.asyncDispose]() {
      redis.close();
      await credentialsFolder[Symbol.asyncDispose]();
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
