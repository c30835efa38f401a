import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { BackupMetadata } from "../backup/backup-metadata.ts";
import { InstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { type DataFileNames, manifestName } from "../persistence/data-files.ts";
import { checkAppendOnlyDirectory, checkSnapshot } from "./check-artifact.ts";
import { checkContent } from "./checked-stream.ts";
import { onDisk } from "./disk-error.ts";
import {
  compareKeyCounts,
  countDatabases,
  type KeyCountMismatch,
  type VerifiedKeyCounts,
} from "./key-counts.ts";
import { readListedFiles } from "./listed-files.ts";
import { stagingFolders } from "./restore-names.ts";
import type { ReportProgress } from "./restore-progress.ts";
import { copyForScratch } from "./scratch-copy.ts";
import { type ScratchRedis, startScratchRedis } from "./scratch-redis.ts";
import { type BackupForm, snapshotPath, stageBackup } from "./stage-backup.ts";

/** What is prepared, and how. */
export interface PrepareOptions {
  readonly dataDir: string;
  readonly names: DataFileNames;
  /** Where the Redis that will run on it finds its data. */
  readonly form: BackupForm;
  readonly metadata: BackupMetadata;
  readonly redisBinary: string;
  /** What `PATH` is for the programs that are started. */
  readonly searchPath?: string | undefined;
  /** Whether a redis-server has to load it and to hold the keys that the metadata tells of. */
  readonly isVerified: boolean;
  /** For loading, and for saving. */
  readonly redisTimeoutMs: number;
  readonly onProgress: ReportProgress;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** What is ready to be placed. */
export interface PreparedBackup {
  /** Its name in the data directory. */
  readonly target: string;
  /** The keys that a redis-server found in it, if one was asked. */
  readonly verified?: VerifiedKeyCounts;
}

/**
 * Writes a backup into the staging folder in the form that Redis loads, checks that it is what its metadata says, has
 * Redis' own programs check it, and has a redis-server load it where that is wanted or needed.
 *
 * @throws InstanceError `RESTORE_ARTIFACT_INVALID`, `RESTORE_VERIFY_FAILED`, `RESTORE_NO_SPACE`,
 * `RESTORE_PLACEMENT_FAILED`, `PROCESS_START_FAILED`; what `content` throws; `signal`'s reason if that aborts.
 */
export async function prepareBackup(
  content: AsyncIterable<Buffer>,
  options: PrepareOptions,
): Promise<PreparedBackup> {
  const { dataDir, names, form, metadata, isVerified, onProgress } = options;
  const { complete, scratch } = stagingFolders(dataDir);
  // Only Redis can make a snapshot of an append-only directory, and what it has loaded from is of no use then.
  const isConverted = form === "snapshot" && metadata.artifactType === "aof-archive";
  const stagedForm = isConverted ? "append-only-directory" : form;
  const dir = isConverted ? scratch : complete;

  const totalBytes = metadata.sizeBytes;
  await onDisk(`making ${complete}`, () => mkdir(complete, { recursive: true, mode: 0o700 }));
  await stageBackup(
    checkContent(content, {
      expected: metadata,
      onReceived: (receivedBytes) => onProgress({ phase: "downloading", receivedBytes, totalBytes }),
    }),
    { dir, names, form: stagedForm, artifactType: metadata.artifactType },
  );
  onProgress({ phase: "checking", receivedBytes: totalBytes, totalBytes });
  await checkStaged(dir, { ...options, form: stagedForm });

  const target = form === "snapshot" ? names.snapshot : names.appendOnlyDirectory;
  if (!isVerified && !isConverted) return { target };
  onProgress({ phase: "loading", receivedBytes: totalBytes, totalBytes });
  if (!isConverted) await copyForScratch({ from: dir, to: scratch, names, form });
  await using redis = await startScratchRedis({
    binary: options.redisBinary,
    searchPath: options.searchPath,
    dir: scratch,
    names,
    isAppendOnly: stagedForm === "append-only-directory",
    databases: countDatabases(metadata),
    timeoutMs: options.redisTimeoutMs,
    signal: options.signal,
  });
  const verified = isVerified ? await verify(redis, options) : undefined;
  if (isConverted) {
    await redis.save();
    await onDisk(`moving the snapshot to ${complete}`, () =>
      rename(join(scratch, names.snapshot), join(complete, names.snapshot)),
    );
  }
  return { target, ...(verified && { verified }) };
}

async function checkStaged(dir: string, options: PrepareOptions): Promise<void> {
  const { names, form, metadata, redisBinary, searchPath, signal, logger } = options;
  const check = { binary: redisBinary, searchPath, signal, logger };
  if (metadata.artifactType === "rdb") {
    await checkSnapshot(snapshotPath(dir, { names, form }), check);
    return;
  }
  const manifest = join(dir, names.appendOnlyDirectory, manifestName(names));
  const lastFile = (await readListedFiles(manifest)).at(-1)?.name ?? "";
  await checkAppendOnlyDirectory(manifest, { ...check, lastFile });
}

async function verify(
  redis: ScratchRedis,
  { metadata, logger }: Pick<PrepareOptions, "metadata" | "logger">,
): Promise<VerifiedKeyCounts> {
  const keyCounts = await redis.readKeyCounts();
  const backupKeyCounts = { before: metadata.keyCounts, after: metadata.keyCountsAfter };
  const mismatches = compareKeyCounts(keyCounts, metadata);
  if (mismatches.length === 0) return { keyCounts, backupKeyCounts };
  const list = mismatches.map(describeMismatch).join("; ");
  // Only then the counts are a proof. What was stored is intact in any case, and Redis has loaded it.
  if (metadata.writesDuringBackup === false) {
    throw new InstanceError("RESTORE_VERIFY_FAILED", `comparing the backup's keys failed: ${list}`);
  }
  logger.warn(
    { keyCounts, backupKeyCounts },
    `the backup was loaded, but its keys are not within those counted before and after its save: ${list}; keys may have come and gone meanwhile`,
  );
  return { keyCounts, backupKeyCounts };
}

function describeMismatch({ database, expected: { least, most }, found }: KeyCountMismatch): string {
  const range = least === most ? String(least) : `${least} to ${most}`;
  return `${database} holds ${found} keys, not ${range}`;
}
