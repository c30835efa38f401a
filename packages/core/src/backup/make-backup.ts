import type { Logger } from "../logger.ts";
import { rewriteAof } from "../persistence/aof-rewrite.ts";
import type { BackgroundJobOptions, JobObservations } from "../persistence/background-job.ts";
import { takeSnapshot } from "../persistence/snapshot.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { readInfo } from "../redis/info.ts";
import { openAofArtifact } from "./aof-artifact.ts";
import type { Artifact } from "./artifact.ts";
import { metadataSuffix } from "./backup-metadata.ts";
import type { BackupSetup } from "./backup-messages.ts";
import type { BackupMethod, BackupRequest, BackupResult, BackupRunOptions } from "./backup-request.ts";
import { readS3Credentials } from "./credentials.ts";
import { discardLeftovers } from "./discard-leftovers.ts";
import { buildObjectKey } from "./object-key.ts";
import { throttleProgress } from "./progress.ts";
import { readRedisFacts } from "./redis-facts.ts";
import { openSnapshotArtifact } from "./snapshot-artifact.ts";
import { uploadArtifact } from "./upload.ts";
import { createUploadJournal } from "./upload-journal.ts";

/** What {@link makeBackup} needs beside the request. */
export interface MakeBackupOptions extends BackupRunOptions {
  readonly redis: RedisConnection;
  readonly setup: BackupSetup;
  readonly logger: Logger;
}

/**
 * Makes one backup: has Redis write the files, proves that it did, and stores them.
 *
 * @throws InstanceError `BACKUP_CREDENTIALS_INVALID`, `SNAPSHOT_FAILED`, `AOF_DISABLED`, `AOF_REWRITE_FAILED`,
 * `ARTIFACT_FAILED`, `UPLOAD_FAILED` by the stage that failed; the reason of `signal` if that aborts. Nothing of a
 * backup that failed stays in the bucket or on the disk.
 */
export async function makeBackup(request: BackupRequest, options: MakeBackupOptions): Promise<BackupResult> {
  const { redis, setup, signal, logger } = options;
  const { backupName, method, destination } = request;
  const { settings, credentialsDir } = setup;
  const clock = startClock();
  const onProgress = throttleProgress(options.onProgress, () => performance.now());
  signal.throwIfAborted();
  onProgress({ phase: "waiting", sentBytes: 0 });
  // Before Redis is put to work for a backup that could not be stored.
  const credentials = await readS3Credentials(credentialsDir);
  const journal = createUploadJournal(setup.journalDir, logger);
  const patience = {
    connectTimeoutMs: settings.uploadConnectTimeoutMs,
    idleTimeoutMs: settings.uploadIdleTimeoutMs,
    maxAttempts: settings.uploadMaxAttempts,
  };
  // What an earlier one left, and could not remove then.
  await discardLeftovers({ ...patience, journal, credentialsDir, logger });

  const source = await artifactSources[method](redis, {
    pollIntervalMs: settings.pollIntervalMs,
    timeoutMs: settings.persistenceTimeoutMs,
    signal,
    onAccepted: () => onProgress({ phase: "saving", sentBytes: 0 }),
  });
  await using artifact = source.artifact;
  const facts = readRedisFacts(source);
  const objectKey = buildObjectKey({ path: destination.path, backupName, artifactType: artifact.type });
  const stored = await uploadArtifact(artifact, {
    ...patience,
    destination,
    objectKey,
    credentials,
    partThreadProgram: setup.partThreadProgram,
    startedAt: clock.startedAt,
    describe: (measurement) => ({
      backupName,
      artifactType: artifact.type,
      method,
      objectKey,
      ...measurement,
      ...facts,
      startedAt: clock.startedAt,
      finishedAt: clock.readNow(),
    }),
    timeoutMs: settings.uploadTimeoutMs,
    signal,
    journal,
    onProgress,
    logger,
  });
  const { sizeBytes, checksumSha256, redisVersion, replicationId, replicationOffset } = stored;
  return {
    artifactType: artifact.type,
    backupPath: `s3://${destination.bucket}/${objectKey}`,
    objectKey,
    metadataKey: `${objectKey}${metadataSuffix}`,
    sizeBytes,
    checksumSha256,
    redisVersion,
    replicationId,
    replicationOffset,
    keyCounts: stored.keyCounts,
    startedAt: stored.startedAt,
    finishedAt: stored.finishedAt,
  };
}

interface ArtifactSource extends JobObservations {
  readonly artifact: Artifact;
}

/** Has Redis write the files of an artifact, proves that it did, and opens them. */
type OpenArtifact = (redis: RedisConnection, options: BackgroundJobOptions) => Promise<ArtifactSource>;

const artifactSources = {
  async rdb(redis, options) {
    const { path, ...observed } = await takeSnapshot(redis, options);
    return { ...observed, artifact: await openSnapshotArtifact(path) };
  },
  async aof(redis, options) {
    const { directory, before } = await rewriteAof(redis, options);
    const artifact = await openAofArtifact(directory);
    try {
      // Not what Redis held when the rewrite had ended: the archive goes on to the moment at which it was opened.
      return { before, after: await readInfo(redis), artifact };
    } catch (error) {
      await artifact[Symbol.asyncDispose]();
      throw error;
    }
  },
} satisfies Record<BackupMethod, OpenArtifact>;

/** Tells the time by the clock that can't jump, from what the other one said at the start. */
function startClock() {
  const startedAtMs = Date.now();
  const begun = performance.now();
  return {
    startedAt: new Date(startedAtMs).toISOString(),
    readNow: () => new Date(startedAtMs + performance.now() - begun).toISOString(),
  };
}
