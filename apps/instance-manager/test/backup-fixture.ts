import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  createTemporaryDirectory,
  type ObjectStore,
  startObjectStore,
  startRedisServer,
} from "@redis-operator/testbed";
import { backupResultSchema, type BackupResult } from "@redis-operator/client/contract";
import { expect } from "vitest";
import type { Answer } from "./answer.ts";
import { type AttachedInstance, type Environment, startAttached } from "./instance.ts";

/** An instance with an object store and a folder of credentials. */
export interface BackupInstance extends AttachedInstance {
  readonly store: ObjectStore;
  readonly credentialsDir: string;
}

/** The bucket of every test. */
export const bucket = "backups";

/** Starts an instance whose backups go to a store of its own. */
export async function startBackupInstance(
  options: { readonly directives?: Environment; readonly env?: Environment } = {},
): Promise<BackupInstance> {
  const stack = new AsyncDisposableStack();
  const store = stack.use(await startObjectStore({ buckets: [bucket] }));
  const folder = stack.use(await createTemporaryDirectory("credentials"));
  await writeCredentials(folder.path, {
    AWS_ACCESS_KEY_ID: store.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.credentials.secretAccessKey,
  });
  const instance = stack.use(
    await startAttached({
      directives: { appendonly: "yes", ...options.directives },
      env: { BACKUP_CREDENTIALS_DIR: folder.path, ...options.env },
    }),
  );
  return {
    ...instance,
    store,
    credentialsDir: folder.path,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Makes a folder hold these files and no others. */
export async function writeCredentials(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir);
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
}

/** The body of a request for a backup to a store; `s3` adds to the destination or takes its place. */
export function backupRequest(
  { endpoint }: { readonly endpoint: string },
  {
    backupName = "nightly",
    method = "rdb",
    s3 = {},
  }: {
    readonly backupName?: string;
    readonly method?: "rdb" | "aof";
    readonly s3?: Readonly<Record<string, string>>;
  } = {},
) {
  return { backupName, method, destination: { s3: { bucket, endpoint, ...s3 } } };
}

/** Reads a 200 of `/v1/backup`, which must have the contract's fields and no others. */
export function backupResultOf({ status, type, body }: Answer): BackupResult {
  expect([status, type]).toEqual([200, "application/json"]);
  const raw: unknown = JSON.parse(body);
  const result = backupResultSchema.parse(raw);
  expect(raw).toEqual(result);
  return result;
}

/** Size and checksum of bytes, as a backup's result has them. */
export function measure(content: Buffer): Pick<BackupResult, "backupSize" | "checksumSHA256"> {
  return { backupSize: content.length, checksumSHA256: createHash("sha256").update(content).digest("hex") };
}

/** Puts an artifact where a new Redis with `appendonly yes` loads it from, by hand, and starts that Redis. */
export async function restore(artifact: Buffer, type: BackupResult["artifactType"]) {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await createTemporaryDirectory("restored"));
  const directory = join(folder.path, "appendonlydir");
  await mkdir(directory);
  const place = { rdb: placeSnapshot, "aof-archive": placeArchive }[type];
  await place(artifact, directory);
  const { client } = stack.use(
    await startRedisServer({ dir: folder.path, directives: { appendonly: "yes" } }),
  );
  return { client, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function placeSnapshot(rdb: Buffer, directory: string): Promise<void> {
  const base = "appendonly.aof.1.base.rdb";
  await writeFile(join(directory, base), rdb);
  await writeFile(join(directory, "appendonly.aof.manifest"), `file ${base} seq 1 type b\n`);
}

async function placeArchive(archive: Buffer, directory: string): Promise<void> {
  const file = join(directory, "..", "archive.aof.tar.gz");
  await writeFile(file, archive);
  await promisify(execFile)("tar", ["-xzf", file, "-C", directory]);
}
