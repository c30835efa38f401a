import { DeleteObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { InstanceError } from "../errors.ts";
import { type BackupMetadata, metadataSuffix } from "./backup-metadata.ts";
import type { S3Credentials } from "./credentials.ts";
import { listBackups } from "./list-backups.ts";
import type { PruneRequest, PruneResult, StoredBackup } from "./prune-request.ts";
import { decideRetention } from "./retention.ts";
import { describeStore, type S3Destination } from "./s3-destination.ts";
import { describeStoreFailure, isLackOfCredentials } from "./upload-error.ts";

/** What {@link pruneBackups} needs. */
export interface PruneOptions {
  readonly client: S3Client;
  /** Those of the client, which no message may repeat. */
  readonly credentials: S3Credentials | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch: what the age of a backup is measured by. Read once the store has answered. */
  readonly readNow: () => number;
}

/**
 * Deletes the backups under a destination's path that a retention policy doesn't keep, oldest first, or tells which
 * those are.
 *
 * Of each the metadata goes first: whatever happens then, none is left that promises an object which isn't there. An
 * object whose own deletion failed is named in the error, and by every later prune as one without metadata.
 *
 * @throws InstanceError `PRUNE_FAILED`; `BACKUP_CREDENTIALS_INVALID` if the SDK found none anywhere; `signal`'s reason if that aborts, between two backups.
 */
export async function pruneBackups(request: PruneRequest, options: PruneOptions): Promise<PruneResult> {
  const { destination, dryRun, ...policy } = request;
  const { client, signal } = options;
  const listing = await attemptOnStore(() => listBackups(client, { destination, signal }), {
    ...options,
    attempted: `listing the backups under s3://${destination.bucket}/${destination.path}`,
    destination,
  });
  const { kept, deleted } = decideRetention(listing.backups, { ...policy, now: options.readNow() });
  if (!dryRun) {
    for (const [index, { backup }] of deleted.toReversed().entries()) {
      signal.throwIfAborted();
      await attemptOnStore(() => deleteBackup(client, { destination, backup }), {
        ...options,
        attempted: `deleting s3://${destination.bucket}/${backup.objectKey} (${index} of ${deleted.length} backups are deleted)`,
        destination,
      });
    }
  }
  return {
    dryRun,
    kept: kept.map(({ backup, reason }) => ({ ...summarize(backup), reason })),
    deleted: deleted.map(({ backup, reason }) => ({ ...summarize(backup), reason })),
    skipped: listing.skipped.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

// Not cut by a signal: half a deletion leaves an object that nothing describes.
async function deleteBackup(
  client: S3Client,
  { destination, backup }: { readonly destination: S3Destination; readonly backup: BackupMetadata },
): Promise<void> {
  const { objectKey } = backup;
  for (const key of [`${objectKey}${metadataSuffix}`, objectKey]) {
    await client.send(new DeleteObjectCommand({ Bucket: destination.bucket, Key: key }));
  }
}

function summarize({ backupName, objectKey, sizeBytes, startedAt }: BackupMetadata): StoredBackup {
  return { backupName, objectKey, sizeBytes, startedAt };
}

interface Attempt extends PruneOptions {
  readonly attempted: string;
  readonly destination: S3Destination;
}

async function attemptOnStore<Value>(
  step: () => Promise<Value>,
  { attempted, destination, credentials, signal }: Attempt,
): Promise<Value> {
  try {
    return await step();
  } catch (cause) {
    signal.throwIfAborted();
    const why = describeStoreFailure(cause, credentials);
    throw new InstanceError(
      isLackOfCredentials(cause) ? "BACKUP_CREDENTIALS_INVALID" : "PRUNE_FAILED",
      `${attempted} at ${describeStore(destination)} failed: ${why}`,
      { cause },
    );
  }
}
