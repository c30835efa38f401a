import { describeError, InstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { rewriteAof } from "../persistence/aof-rewrite.ts";
import type { BackgroundJobOptions } from "../persistence/background-job.ts";
import { takeSnapshot } from "../persistence/snapshot.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { openAofArtifact } from "./aof-artifact.ts";
import type { Artifact } from "./artifact.ts";
import { readS3Credentials } from "./credentials.ts";
import { type ArtifactType, buildObjectKey } from "./object-key.ts";
import type { S3Destination } from "./s3-client.ts";
import { openSnapshotArtifact } from "./snapshot-artifact.ts";
import { uploadArtifact } from "./upload.ts";

/** `rdb`: a snapshot as an RDB file; `aof`: the append-only directory after a rewrite. */
export type BackupMethod = "rdb" | "aof";

/** One backup to be made. */
export interface BackupRequest {
  /** Becomes part of the object key. */
  readonly backupName: string;
  readonly method: BackupMethod;
  readonly destination: S3Destination;
}

/** What a backup has stored. */
export interface BackupResult {
  readonly artifactType: ArtifactType;
  /** `s3://<bucket>/<objectKey>` */
  readonly backupPath: string;
  readonly objectKey: string;
  /** Of the stored object. */
  readonly sizeBytes: number;
  /** Of exactly those bytes, as lower-case hex. */
  readonly checksumSha256: string;
}

/** The times of a backup, each in milliseconds. */
export interface BackupSettings {
  /** Longest pause between two looks at a running save or rewrite. */
  readonly pollIntervalMs: number;
  /** For the save or rewrite, waiting for its turn included. */
  readonly persistenceTimeoutMs: number;
  /** For the whole upload. */
  readonly uploadTimeoutMs: number;
  /** For one connection to the store. */
  readonly uploadConnectTimeoutMs: number;
  /** Without a byte to or from the store on a connection. */
  readonly uploadIdleTimeoutMs: number;
}

/** What a {@link BackupRunner} is made of. */
export interface BackupRunnerDeps {
  readonly redis: RedisConnection;
  /** Folder with the files that hold the S3 credentials, read anew for every backup. */
  readonly credentialsDir: string;
  readonly settings: BackupSettings;
  /** Is told of every backup: the metrics. */
  readonly observer: BackupObserver;
  readonly logger: Logger;
}

/** Watches backups begin and end. */
export interface BackupObserver {
  backupStarted(): void;
  backupEnded(outcome: BackupOutcome): void;
}

/** How a backup ended. */
export type BackupOutcome = { readonly method: BackupMethod; readonly durationMs: number } & (
  { readonly succeeded: true; readonly sizeBytes: number } | { readonly succeeded: false }
);

/** Makes backups, one at a time. */
export interface BackupRunner {
  /**
   * Makes one backup: has Redis write the files, proves that it did, and stores them.
   *
   * @throws InstanceError `BACKUP_IN_PROGRESS` if one runs; `BACKUP_CREDENTIALS_INVALID`, `SNAPSHOT_FAILED`,
   * `AOF_DISABLED`, `AOF_REWRITE_FAILED`, `ARTIFACT_FAILED`, `UPLOAD_FAILED` by the stage that failed;
   * `BACKUP_ABORTED` if `signal` aborts. Nothing of a backup that failed stays in the bucket or on the disk.
   */
  run(request: BackupRequest, options: { readonly signal: AbortSignal }): Promise<BackupResult>;
}

/** Creates a runner. No state outlives a backup; the runner knows only which one is running. */
export function createBackupRunner(deps: BackupRunnerDeps): BackupRunner {
  const { observer, logger } = deps;
  let running: string | undefined;

  async function runObserved(run: Run): Promise<BackupResult> {
    const { backupName, method, destination } = run.request;
    const startedAt = performance.now();
    const elapsedMs = () => Math.round(performance.now() - startedAt);
    logger.info({ backupName, method, bucket: destination.bucket }, "backup started");
    observer.backupStarted();
    try {
      const result = await makeBackup(deps, run);
      observer.backupEnded({ method, durationMs: elapsedMs(), succeeded: true, sizeBytes: result.sizeBytes });
      logger.info({ backupName, method, ...result, durationMs: elapsedMs() }, "backup finished");
      return result;
    } catch (cause) {
      observer.backupEnded({ method, durationMs: elapsedMs(), succeeded: false });
      if (!run.signal.aborted) throw cause;
      throw new InstanceError(
        "BACKUP_ABORTED",
        `backup ${backupName} was aborted: ${describeError(run.signal.reason)}`,
        { cause },
      );
    }
  }

  return {
    async run(request, { signal }) {
      if (running !== undefined) {
        throw new InstanceError(
          "BACKUP_IN_PROGRESS",
          `starting backup ${request.backupName} failed: backup ${running} is running`,
        );
      }
      running = request.backupName;
      try {
        return await runObserved({ request, signal });
      } finally {
        running = undefined;
      }
    },
  };
}

/** Has Redis write the files of an artifact, proves that it did, and opens them. */
type ArtifactSource = (redis: RedisConnection, options: BackgroundJobOptions) => Promise<Artifact>;

const artifactSources = {
  rdb: async (redis, options) => await openSnapshotArtifact(await takeSnapshot(redis, options)),
  aof: async (redis, options) => await openAofArtifact(await rewriteAof(redis, options)),
} satisfies Record<BackupMethod, ArtifactSource>;

interface Run {
  readonly request: BackupRequest;
  readonly signal: AbortSignal;
}

async function makeBackup(deps: BackupRunnerDeps, { request, signal }: Run): Promise<BackupResult> {
  const { logger, settings } = deps;
  const { backupName, method, destination } = request;
  signal.throwIfAborted();
  // Before Redis is put to work for a backup that could not be stored.
  const credentials = await readS3Credentials(deps.credentialsDir);

  await using artifact = await artifactSources[method](deps.redis, {
    pollIntervalMs: settings.pollIntervalMs,
    timeoutMs: settings.persistenceTimeoutMs,
    signal,
  });
  const objectKey = buildObjectKey({ path: destination.path, backupName, artifactType: artifact.type });
  const stored = await uploadArtifact(artifact, {
    destination,
    objectKey,
    credentials,
    timeoutMs: settings.uploadTimeoutMs,
    connectTimeoutMs: settings.uploadConnectTimeoutMs,
    idleTimeoutMs: settings.uploadIdleTimeoutMs,
    signal,
    logger,
  });
  return {
    artifactType: artifact.type,
    backupPath: `s3://${destination.bucket}/${objectKey}`,
    objectKey,
    ...stored,
  };
}
