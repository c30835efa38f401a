import type { Logger } from "../logger.ts";
import type { Artifact } from "./artifact.ts";
import type { BackupMetadata } from "./backup-metadata.ts";
import type { BackupProgress } from "./backup-request.ts";
import type { S3Credentials } from "./credentials.ts";
import { discardUpload } from "./discard-upload.ts";
import { adaptPayloadToHttps, isHttps } from "./https-payload.ts";
import type { Measurement } from "./part-reader.ts";
import { createS3Client, type S3Patience } from "./s3-client.ts";
import type { S3Destination } from "./s3-destination.ts";
import { storeBackup } from "./store-backup.ts";
import { toUploadError } from "./upload-error.ts";
import { toJournalStore, type UploadEntry, type UploadJournal } from "./upload-journal.ts";

/** Where and how an artifact is stored. */
export interface UploadOptions extends S3Patience {
  readonly destination: S3Destination;
  readonly objectKey: string;
  /** Unset: the SDK's default chain. */
  readonly credentials: S3Credentials | undefined;
  /** Of `createThreadedPartReader`. */
  readonly partThreadProgram: string;
  /** When the backup was started, as its metadata says. */
  readonly startedAt: string;
  /** What the metadata will say, once the object is there. */
  readonly describe: (stored: Measurement) => BackupMetadata;
  /** For the whole upload. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly journal: UploadJournal;
  readonly onProgress: (progress: BackupProgress) => void;
  readonly logger: Logger;
}

/**
 * Stores an artifact in one pass, counted and hashed on the way, has the store confirm it, and puts its metadata beside
 * it, which makes it a backup.
 *
 * If it fails or is aborted, neither an object nor parts stay behind. An abort that arrives when all is sent comes too
 * late: the backup is then finished.
 *
 * @throws InstanceError `UPLOAD_FAILED`, `BACKUP_CREDENTIALS_INVALID`, or what reading the artifact throws;
 * `signal`'s reason if that aborts.
 */
export async function uploadArtifact(artifact: Artifact, options: UploadOptions): Promise<BackupMetadata> {
  const { destination, objectKey, startedAt, timeoutMs, journal, logger } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const client = createS3Client({ ...options, store: destination });
  if (isHttps(destination)) adaptPayloadToHttps(client);
  let entry: UploadEntry | undefined;
  try {
    const metadata = await storeBackup(artifact, {
      client,
      destination,
      target: { Bucket: destination.bucket, Key: objectKey },
      partThreadProgram: options.partThreadProgram,
      describe: options.describe,
      onProgress: options.onProgress,
      signal: AbortSignal.any([options.signal, deadline]),
      deadline,
      async note(state) {
        entry = {
          store: toJournalStore(destination),
          bucket: destination.bucket,
          objectKey,
          startedAt,
          previous: { kind: "unknown" },
          ...entry,
          ...state,
        };
        await journal.write(entry);
      },
    });
    if (entry !== undefined) await journal.forget(entry);
    return metadata;
  } catch (cause) {
    if (entry !== undefined)
      await discardUpload(entry, { client, credentials: options.credentials, journal, logger });
    options.signal.throwIfAborted();
    throw toUploadError(cause, { ...options, timedOutAfterMs: deadline.aborted ? timeoutMs : undefined });
  } finally {
    client.destroy();
  }
}
