import type { S3Patience } from "../backup/s3-client.ts";
import type { S3Store } from "../backup/s3-destination.ts";
import type { Logger } from "../logger.ts";
import type { DataFileNames } from "../persistence/data-files.ts";
import type { VerifiedKeyCounts } from "./key-counts.ts";
import type { ReportProgress } from "./restore-progress.ts";
import type { RestoreSource } from "./restore-source.ts";

/** What is restored, and where to. */
export interface RestoreRequest {
  readonly source: RestoreSource;
  readonly store: S3Store;
  /** The working directory of the Redis that will run on it. */
  readonly dataDir: string;
  readonly names: DataFileNames;
  /** Whether that Redis runs with `appendonly yes`, and so ignores a snapshot. */
  readonly isAppendOnly: boolean;
  /** Whether data that is there already is moved aside. */
  readonly isForced: boolean;
  /** Whether a redis-server has to load the backup and to hold its keys before it is placed. */
  readonly isVerified: boolean;
}

/** What a restore works with. */
export interface RestoreDeps {
  /** Folder with the files that hold the S3 credentials. */
  readonly credentialsDir: string;
  readonly redisBinary: string;
  readonly patience: S3Patience;
  /** Where the programs that it starts are looked for, if they are named without a folder: what `PATH` is for them. */
  readonly searchPath?: string | undefined;
  /** For everything that is read from the store, however often it breaks off; unset: as `redisTimeoutMs`. */
  readonly downloadTimeoutMs?: number;
  /** For a redis-server to load a backup, and to save one. */
  readonly redisTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: ReportProgress;
  readonly logger: Logger;
}

/** How a restore ended, and what a redis-server found in the backup, if that was verified in this run. */
export interface RestoreOutcome extends Partial<VerifiedKeyCounts> {
  /** `already-restored`: an earlier run did it, and nothing was touched. */
  readonly status: "restored" | "already-restored";
  /** `s3://<bucket>/<key>`: what was restored last. */
  readonly source: string;
  /** What was to be restored, if that was done before `source` was restored over it. */
  readonly earlierSource?: string;
  readonly sizeBytes: number;
  /** Where Redis finds it. */
  readonly path: string;
  /** What has to be removed for the same backup to be restored again. */
  readonly markerFile: string;
  /** ISO 8601, UTC. */
  readonly restoredAt: string;
  /** The folder with the data that was there before. */
  readonly replacedFolder?: string;
}
