import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Artifact } from "./artifact.ts";
import {
  type BackupMetadata,
  metadataContentType,
  metadataSuffix,
  serializeBackupMetadata,
} from "./backup-metadata.ts";
import type { BackupPhase, BackupProgress } from "./backup-request.ts";
import { sendParts } from "./multipart-upload.ts";
import { toArtifactAttributes, toObjectAttributes } from "./object-attributes.ts";
import {
  isSameObject,
  type ObjectHead,
  type ObjectTarget,
  peekObjectHead,
  readObjectHead,
} from "./object-head.ts";
import { allocatePart, createPartReader, type Measurement, type PartReader } from "./part-reader.ts";
import { chooseConcurrency, choosePartSize } from "./part-size.ts";
import type { S3Destination } from "./s3-destination.ts";
import { type PreviousObject, readPreviousObject } from "./previous-object.ts";
import { createThreadedPartReader } from "./threaded-part-reader.ts";
import type { UploadEntry } from "./upload-journal.ts";

/** What {@link storeBackup} works with. */
export interface StoreBackupOptions {
  readonly client: S3Client;
  readonly destination: S3Destination;
  readonly target: ObjectTarget;
  /** Of `createThreadedPartReader`. */
  readonly partThreadProgram: string;
  readonly describe: (stored: Measurement) => BackupMetadata;
  readonly onProgress: (progress: BackupProgress) => void;
  /** Cuts what is being sent. */
  readonly signal: AbortSignal;
  /** Bounds what a signal must not cut, because half of it would be left. */
  readonly deadline: AbortSignal;
  /** Is told what the store may hold from then on, before it does. */
  readonly note: (
    state: Partial<Pick<UploadEntry, "previous" | "uploadId" | "isStored" | "stored">>,
  ) => Promise<void>;
}

const minPartsForThread = 4;

/**
 * Puts an artifact into the store, asks the store for its size, and puts its metadata beside it.
 *
 * @throws What the store's client throws, or reading the artifact; Error if the store has something else than was sent.
 */
export async function storeBackup(artifact: Artifact, options: StoreBackupOptions): Promise<BackupMetadata> {
  const { client, target, destination, deadline, signal, note } = options;
  const { partSizeMiB } = destination;
  const { maxSizeBytes, sizeBytes: totalBytes } = artifact;
  let sentBytes = 0;
  const report = (phase: BackupPhase) =>
    options.onProgress({ phase, sentBytes, ...(totalBytes !== undefined && { totalBytes }) });
  const onSent = (bytes: number) => {
    sentBytes += bytes;
    report("uploading");
  };
  report("uploading");

  const partSizeBytes = choosePartSize(maxSizeBytes, partSizeMiB);
  const concurrency = chooseConcurrency(partSizeBytes, destination.concurrency);
  await using parts = createReader(artifact, { partSizeBytes, program: options.partThreadProgram });
  const firstPart = await parts.read(allocatePart(Math.min(partSizeBytes, maxSizeBytes)));
  const previous = await readPreviousObject(client, { target, signal });
  await note({ previous });
  let complete: (() => Promise<void>) | undefined;
  if (maxSizeBytes <= partSizeBytes || firstPart.length < partSizeBytes) {
    await putArtifact(firstPart, options);
    onSent(firstPart.length);
  } else {
    complete = await sendParts({
      client,
      target,
      destination,
      parts,
      firstPart,
      concurrency,
      signal,
      deadline,
      onCreated: (uploadId) => note({ uploadId }),
      onSent,
    });
  }
  signal.throwIfAborted();
  report("confirming");
  const stored = await parts.finish();
  await complete?.().catch(async (error: unknown) => {
    // The answer may have been lost, and a store that is asked again then knows no such upload.
    const head = await peekObjectHead(client, { target, signal: deadline });
    if (head?.sizeBytes !== stored.sizeBytes || !isNew(head, previous)) throw error;
  });
  await note({ isStored: true });
  await note({ stored: await confirmSize(stored, options) });
  const metadata = options.describe(stored);
  await putMetadata(metadata, options);
  return metadata;
}

/** A thread costs some 15 MB and 50 ms: only a file that takes longer gets one. */
function createReader(
  artifact: Artifact,
  { partSizeBytes, program }: { readonly partSizeBytes: number; readonly program: string },
): PartReader {
  const { file } = artifact;
  return file === undefined || file.sizeBytes < minPartsForThread * partSizeBytes
    ? createPartReader(artifact)
    : createThreadedPartReader(file, { program });
}

async function putArtifact(
  body: Buffer,
  { client, target, destination, signal }: StoreBackupOptions,
): Promise<void> {
  await client.send(
    new PutObjectCommand({
      ...target,
      ...toArtifactAttributes(destination),
      Body: body,
      ContentLength: body.length,
    }),
    { abortSignal: signal },
  );
}

async function confirmSize(
  { sizeBytes }: Measurement,
  { client, target, deadline }: StoreBackupOptions,
): Promise<ObjectHead> {
  const head = await readObjectHead(client, { target, signal: deadline });
  if (head?.sizeBytes === sizeBytes) return head;
  const found = head === undefined ? "does not have it" : `has ${head.sizeBytes} bytes of it`;
  throw new Error(`${sizeBytes} bytes were sent, and the store ${found}`);
}

function isNew(head: ObjectHead, previous: PreviousObject): boolean {
  return previous.kind === "none" || (previous.kind === "object" && !isSameObject(head, previous.head));
}

async function putMetadata(
  metadata: BackupMetadata,
  { client, target, destination, deadline }: StoreBackupOptions,
): Promise<void> {
  await client.send(
    new PutObjectCommand({
      Bucket: target.Bucket,
      Key: `${target.Key}${metadataSuffix}`,
      ...toObjectAttributes(destination),
      Body: serializeBackupMetadata(metadata),
      ContentType: metadataContentType,
    }),
    { abortSignal: deadline },
  );
}
