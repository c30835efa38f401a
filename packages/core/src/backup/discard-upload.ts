import { setTimeout as sleep } from "node:timers/promises";
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Logger } from "../logger.ts";
import { metadataSuffix } from "./backup-metadata.ts";
import { isLeftover } from "./leftover.ts";
import { type ObjectTarget, peekObjectHead } from "./object-head.ts";
import { readBackupStart } from "./previous-object.ts";
import { describeStoreFailure, httpStatus } from "./upload-error.ts";
import type { S3Credentials } from "./credentials.ts";
import type { UploadEntry, UploadJournal } from "./upload-journal.ts";

/** What {@link discardUpload} works with. */
export interface DiscardOptions {
  readonly client: S3Client;
  /** What a message must not hold, though the store repeats it. */
  readonly credentials: S3Credentials | undefined;
  readonly journal: UploadJournal;
  readonly logger: Logger;
}

/** What was removed of an upload. */
export interface Discarded {
  readonly uploads: number;
  readonly object: boolean;
}

// For all of it, so that a store that has gone silent does not hold up a stop.
const timeoutMs = 10_000;
const maxAttempts = 5;
const pauseMs = 200;

/**
 * Removes what an upload that didn't come to its end has left in the store: parts, which a store keeps and charges for
 * otherwise, and an object without its metadata. What lay under the key before stays, unless it was replaced.
 *
 * Never throws: the upload's own error matters more. What could not be removed is logged with what to do, and stays in
 * the journal for the next start.
 *
 * @returns What was removed; `undefined` if that failed.
 */
export async function discardUpload(
  entry: UploadEntry,
  { client, credentials, journal, logger }: DiscardOptions,
): Promise<Discarded | undefined> {
  const { bucket, objectKey, uploadId } = entry;
  // Closes the pooled connections, which may be as dead as those that failed; the client opens new ones.
  client.destroy();
  const store = { client, signal: AbortSignal.timeout(timeoutMs) };
  try {
    const uploads = await abortUploads(entry, store);
    // An upload that could be aborted was not completed: whatever lies under the key is not from it.
    const object = uploads === 0 && (await deleteObject(entry, store));
    await journal.forget(entry);
    return { uploads, object };
  } catch (error) {
    logger.warn(
      { reason: describeStoreFailure(error, credentials), bucket, key: objectKey, uploadId },
      "removing what a failed upload has left failed; the next start tries again, and a lifecycle rule for incomplete uploads helps",
    );
    return undefined;
  }
}

interface StoreAccess {
  readonly client: S3Client;
  readonly signal: AbortSignal;
}

async function abortUploads(entry: UploadEntry, store: StoreAccess): Promise<number> {
  const target = { Bucket: entry.bucket, Key: entry.objectKey };
  const uploadIds = entry.uploadId === undefined ? await listUploads(target, store) : [entry.uploadId];
  let aborted = 0;
  for (const uploadId of uploadIds) {
    if (await abortUpload({ ...target, UploadId: uploadId }, store)) aborted += 1;
  }
  return aborted;
}

/** The uploads of this key, for when the process was killed before it had noted the one that the store began. */
async function listUploads(target: ObjectTarget, { client, signal }: StoreAccess): Promise<string[]> {
  try {
    const { Uploads: uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: target.Bucket, Prefix: target.Key }),
      { abortSignal: signal },
    );
    return uploads.flatMap(({ Key: key, UploadId: id }) =>
      key === target.Key && id !== undefined ? [id] : [],
    );
  } catch (error) {
    // It needs a permission of its own, and some stores know no such list.
    if (httpStatus(error) === undefined) throw error;
    return [];
  }
}

/** A part whose request was cut may arrive after the abort, so that is repeated until the store knows the upload no more. */
async function abortUpload(
  upload: ObjectTarget & { readonly UploadId: string },
  store: StoreAccess,
): Promise<boolean> {
  const { client, signal } = store;
  let wasKnown = false;
  try {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      await client.send(new AbortMultipartUploadCommand(upload), { abortSignal: signal });
      wasKnown = true;
      if ((await countParts(upload, store)) === 0) return true;
      await sleep(pauseMs, undefined, { signal });
    }
  } catch (error) {
    if (httpStatus(error) === 404) return wasKnown;
    throw error;
  }
  throw new Error(`parts were still listed after ${maxAttempts} attempts`);
}

async function countParts(
  upload: ObjectTarget & { readonly UploadId: string },
  { client, signal }: StoreAccess,
): Promise<number> {
  try {
    const listing = await client.send(new ListPartsCommand({ ...upload, MaxParts: 1 }), {
      abortSignal: signal,
    });
    return listing.Parts?.length ?? 0;
  } catch (error) {
    // Listing needs a permission of its own; without it the store's word on the abort has to do.
    if (httpStatus(error) === 404 || httpStatus(error) === 403) return 0;
    throw error;
  }
}

/** Deletes the object if this upload has put it there and didn't come to describe it. */
async function deleteObject(entry: UploadEntry, { client, signal }: StoreAccess): Promise<boolean> {
  const target = { Bucket: entry.bucket, Key: entry.objectKey };
  const head = await peekObjectHead(client, { target, signal });
  const backupStartedAt = head && (await readBackupStart(client, { target, signal }));
  if (!isLeftover(entry, { head, backupStartedAt })) return false;
  // Metadata there are those of the object that was replaced.
  for (const key of [`${entry.objectKey}${metadataSuffix}`, entry.objectKey]) {
    await client.send(new DeleteObjectCommand({ Bucket: entry.bucket, Key: key }), { abortSignal: signal });
  }
  return true;
}
