import type { DeleteReason, KeepReason, RetentionPolicy } from "./retention.ts";
import type { S3Destination } from "./s3-destination.ts";

/** Old backups to be deleted. */
export interface PruneRequest extends RetentionPolicy {
  /** Only what lies right under its path is looked at. */
  readonly destination: S3Destination;
  /** Whether nothing is deleted, only decided. */
  readonly dryRun: boolean;
}

/** One backup that a retention policy was applied to. */
export interface StoredBackup {
  readonly backupName: string;
  readonly objectKey: string;
  readonly sizeBytes: number;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** Something under the path that looks like a backup and proves to be none. It is left alone and counts for nothing. */
export interface SkippedObject {
  readonly key: string;
  readonly reason:
    | "no-metadata"
    | "metadata-not-understood"
    | "metadata-of-another-object"
    | "object-missing"
    | "object-of-another-size";
}

/** What a prune found and did. Backups stand newest first. */
export interface PruneResult {
  readonly dryRun: boolean;
  readonly kept: readonly (StoredBackup & { readonly reason: KeepReason })[];
  /** With `dryRun` what would have been deleted. */
  readonly deleted: readonly (StoredBackup & { readonly reason: DeleteReason })[];
  readonly skipped: readonly SkippedObject[];
}
