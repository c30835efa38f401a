import type { ArtifactType } from "./object-key.ts";
import type { S3Destination } from "./s3-destination.ts";

/** `rdb`: a snapshot as an RDB file; `aof`: the append-only directory after a rewrite. */
export type BackupMethod = "rdb" | "aof";

/** One backup to be made. */
export interface BackupRequest {
  /** Becomes part of the object key. */
  readonly backupName: string;
  readonly method: BackupMethod;
  readonly destination: S3Destination;
}

/** What a backup is doing: waiting for its turn and for Redis, having Redis save, sending, having the store confirm. */
export type BackupPhase = "waiting" | "saving" | "uploading" | "confirming";

/** How far a backup is; told at most four times a second. */
export interface BackupProgress {
  readonly phase: BackupPhase;
  /** Bytes that the store has acknowledged. */
  readonly sentBytes: number;
  /** Bytes that the object will have; unset while unknown, as for an archive that is compressed on the way. */
  readonly totalBytes?: number;
}

/** How a backup is run. */
export interface BackupRunOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BackupProgress) => void;
}

/** How many keys each database held, by its name in `INFO keyspace` (`db0`); empty databases are absent. */
export type KeyCounts = Readonly<Record<string, number>>;

/** What a backup has stored. */
export interface BackupResult {
  readonly artifactType: ArtifactType;
  /** `s3://<bucket>/<objectKey>` */
  readonly backupPath: string;
  readonly objectKey: string;
  /** Key of the object beside it that describes it. */
  readonly metadataKey: string;
  /** Of the stored object. */
  readonly sizeBytes: number;
  /** Of exactly those bytes, as lower-case hex. */
  readonly checksumSha256: string;
  readonly redisVersion: string;
  readonly replicationId: string;
  /** `master_repl_offset` right before the save or rewrite was asked for, and so are the key counts. */
  readonly replicationOffset: number;
  readonly keyCounts: KeyCounts;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** ISO 8601, UTC; later than `startedAt` by the time that passed, whatever happened to the clock. */
  readonly finishedAt: string;
}

/** The times of a backup, each in milliseconds, and its patience. */
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
  /** How often a request to the store is sent at the most, while what fails is worth a repetition. */
  readonly uploadMaxAttempts: number;
}
