import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  createTemporaryDirectory,
  type RedisServer,
  startObjectStore,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { Header, type HeaderData } from "tar";
import {
  type BackupMetadata,
  metadataSuffix,
  serializeBackupMetadata,
} from "../src/backup/backup-metadata.ts";
import type { DataFileNames } from "../src/persistence/data-files.ts";
import { restoreBackup } from "../src/restore/restore-backup.ts";
import type { RestoreDeps, RestoreRequest } from "../src/restore/restore-request.ts";
import { createRecordingLogger } from "./recording-logger.ts";

/** Redis' default names. */
const defaultNames: DataFileNames = {
  snapshot: "dump.rdb",
  appendOnlyDirectory: "appendonlydir",
  appendOnlyFile: "appendonly.aof",
};

/** A file in an archive, or what pretends to be one. */
export interface ArchiveEntry {
  readonly path: string;
  readonly content?: Buffer | string;
  readonly type?: HeaderData["type"];
  readonly linkpath?: string;
  /** What the header says, where that is not the content's size. */
  readonly size?: number;
}

/** Packs entries as a tar, whatever they are. */
export function packEntries(entries: readonly ArchiveEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, content = "", type = "File", linkpath, size }) => {
    const body = Buffer.from(content);
    const header = new Header({
      path,
      type,
      mode: 0o644,
      size: size ?? body.length,
      mtime: new Date(0),
      ...(linkpath !== undefined && { linkpath }),
    });
    const block = Buffer.alloc(512);
    header.encode(block);
    return [block, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** What is stored as a backup. */
export interface StoredBackup {
  readonly artifactType: BackupMetadata["artifactType"];
  readonly content: Buffer;
  readonly keyCounts: Readonly<Record<string, number>>;
}

/** A store with one bucket, and short ways to fill it and to restore from it. */
export async function createRestores(store?: { readonly endpoint: string }) {
  const ownStore = store === undefined ? await startObjectStore({ buckets: ["backups"] }) : undefined;
  const endpoint = store?.endpoint ?? ownStore?.endpoint ?? "";
  const credentials = await createTemporaryDirectory("credentials");
  await writeFile(join(credentials.path, "accessKeyId"), "test-key-id");
  await writeFile(join(credentials.path, "secretAccessKey"), "test-secret");
  const dataDirectory = await createTemporaryDirectory("restored");
  const { logger, lines } = createRecordingLogger();
  const phases = new Set<string>();

  async function put(key: string, body: Buffer | string): Promise<void> {
    const response = await fetch(`${endpoint}/backups/${key}`, { method: "PUT", body: Buffer.from(body) });
    if (!response.ok) throw new Error(`putting ${key} failed: HTTP ${response.status}`);
  }

  return {
    endpoint,
    credentialsDir: credentials.path,
    dataDir: dataDirectory.path,
    lines,
    phases,
    put,
    /** Stores a backup with its metadata, as the backup's own code does. */
    async putBackup(key: string, backup: StoredBackup, changes: Partial<BackupMetadata> = {}): Promise<void> {
      await put(key, backup.content);
      await put(`${key}${metadataSuffix}`, describeBackup(key, backup, changes));
    },
    restore: (
      key: string,
      options: { readonly request?: Partial<RestoreRequest>; readonly deps?: Partial<RestoreDeps> } = {},
    ) =>
      restoreBackup(
        {
          source: { bucket: "backups", key },
          store: { endpoint, region: "us-east-1" },
          dataDir: dataDirectory.path,
          names: defaultNames,
          isAppendOnly: true,
          isForced: false,
          isVerified: false,
          ...options.request,
        },
        {
          credentialsDir: credentials.path,
          redisBinary: "redis-server",
          patience: { connectTimeoutMs: 2_000, idleTimeoutMs: 2_000, maxAttempts: 2 },
          redisTimeoutMs: 30_000,
          signal: new AbortController().signal,
          onProgress: ({ phase }) => void phases.add(phase),
          logger,
          ...options.deps,
        },
      ),
    async [Symbol.asyncDispose]() {
      await ownStore?.[Symbol.asyncDispose]();
      await credentials[Symbol.asyncDispose]();
      await dataDirectory[Symbol.asyncDispose]();
    },
  };
}

/** Stores and restores. */
export type Restores = Awaited<ReturnType<typeof createRestores>>;

/** The text of the metadata of a backup, with what a test makes wrong. */
export function describeBackup(
  key: string,
  { artifactType, content, keyCounts }: StoredBackup,
  changes: Partial<BackupMetadata> = {},
): string {
  return serializeBackupMetadata({
    backupName: "nightly",
    artifactType,
    method: artifactType === "rdb" ? "rdb" : "aof",
    objectKey: key,
    sizeBytes: content.length,
    checksumSha256: createHash("sha256").update(content).digest("hex"),
    redisVersion: "7.0.15",
    server: "redis",
    replicationId: "0123456789012345678901234567890123456789",
    replicationOffset: 0,
    keyCounts,
    keyCountsAfter: keyCounts,
    startedAt: "2026-11-22T01:00:00.000Z",
    finishedAt: "2026-11-22T01:00:01.000Z",
    ...changes,
  });
}

/** What {@link createBackup} puts into two databases. */
export const backedUpKeys = { db0: 100, db3: 7 } as const;

/** Has a real Redis write a backup's artifact, and tells what it holds. */
export async function createBackup(artifactType: BackupMetadata["artifactType"]): Promise<StoredBackup> {
  await using origin = await startRedisServer({
    directives: artifactType === "rdb" ? {} : { appendonly: "yes" },
  });
  await writeKeys(origin, { database: 0, count: 60 });
  if (artifactType === "aof-archive") await rewrite(origin);
  await writeKeys(origin, { database: 0, count: backedUpKeys.db0 });
  await writeKeys(origin, { database: 3, count: backedUpKeys.db3 });
  if (artifactType === "rdb") {
    await origin.client.save();
    return { artifactType, content: await readFile(join(origin.dir, "dump.rdb")), keyCounts: backedUpKeys };
  }
  const content = gzipSync(packEntries(await readArchiveEntries(join(origin.dir, "appendonlydir"))));
  return { artifactType, content, keyCounts: backedUpKeys };
}

async function writeKeys(
  { client }: RedisServer,
  { database, count }: { readonly database: number; readonly count: number },
): Promise<void> {
  await client.select(database);
  await client.mset(
    Array.from({ length: count }, (_, index) => [`key:${index}`, `value of ${index}`]).flat(),
  );
}

async function rewrite({ client }: RedisServer): Promise<void> {
  await client.bgrewriteaof();
  await waitFor(async () => (await client.info("persistence")).includes("aof_rewrites:1"), {
    what: "a rewrite",
  });
  await waitFor(async () => (await client.info("persistence")).includes("aof_rewrite_in_progress:0"), {
    what: "its end",
  });
}

/** The files of an append-only directory, its manifest first. */
async function readArchiveEntries(directory: string): Promise<readonly ArchiveEntry[]> {
  const names = (await readdir(directory)).toSorted(
    (a, b) => Number(b.endsWith(".manifest")) - Number(a.endsWith(".manifest")),
  );
  return await Promise.all(
    names.map(async (path) => ({ path, content: await readFile(join(directory, path)) })),
  );
}

/** Starts a Redis on a restored directory and reads how many keys its databases hold. */
export async function loadKeys(
  dir: string,
  directives: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, number>>> {
  await using server = await startRedisServer({ dir, directives });
  const info = await waitFor(
    async () => {
      const text = await server.client.info();
      return text.includes("loading:0") ? text : undefined;
    },
    { what: "Redis to have loaded" },
  );
  const databases = Array.from(info.matchAll(/^(db\d+):keys=(\d+)/gm));
  return Object.fromEntries(databases.map(([, database, count]) => [database, Number(count)]));
}

/** A command as an append-only file holds it. */
export function encodeCommand(words: readonly string[]): string {
  return [`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ""].join(
    "\r\n",
  );
}
