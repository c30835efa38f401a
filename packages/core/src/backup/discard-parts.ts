import { setTimeout as sleep } from "node:timers/promises";
import { AbortMultipartUploadCommand, ListPartsCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Logger } from "../logger.ts";
import { httpStatus } from "./upload-error.ts";

// For all of it, so that a store that has gone silent does not hold up a stop.
const timeoutMs = 10_000;
const maxAttempts = 5;
const pauseMs = 200;

/**
 * Removes the parts of an upload that failed, which a store keeps and charges for otherwise.
 *
 * A part whose request was cut may still arrive after the abort, so the abort is repeated until the store knows the
 * upload no more. Never throws: what stays behind is logged with what to do, and the upload's own error matters more.
 */
export async function discardParts(options: {
  readonly client: S3Client;
  readonly target: { readonly Bucket: string; readonly Key: string };
  readonly uploadId: string;
  readonly logger: Logger;
}): Promise<void> {
  const { client, target, uploadId, logger } = options;
  const upload = { ...target, UploadId: uploadId };
  const abortSignal = AbortSignal.timeout(timeoutMs);
  // Closes the pooled connections, which may be as dead as those that failed; the client opens new ones.
  client.destroy();
  try {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      await client.send(new AbortMultipartUploadCommand(upload), { abortSignal });
      if ((await countParts(client, { upload, abortSignal })) === 0) return;
      await sleep(pauseMs, undefined, { signal: abortSignal });
    }
    throw new Error(`parts were still listed after ${maxAttempts} attempts`);
  } catch (error) {
    if (httpStatus(error) === 404) return;
    logger.warn(
      { err: error, bucket: target.Bucket, key: target.Key, uploadId },
      "removing the parts of a failed upload failed; abort this multipart upload, or let a lifecycle rule do so",
    );
  }
}

async function countParts(
  client: S3Client,
  options: {
    readonly upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string };
    readonly abortSignal: AbortSignal;
  },
): Promise<number> {
  try {
    const listing = await client.send(new ListPartsCommand({ ...options.upload, MaxParts: 1 }), {
      abortSignal: options.abortSignal,
    });
    return listing.Parts?.length ?? 0;
  } catch (error) {
    // Listing needs a permission of its own; without it the store's word on the abort has to do.
    if (httpStatus(error) === 404 || httpStatus(error) === 403) return 0;
    throw error;
  }
}
