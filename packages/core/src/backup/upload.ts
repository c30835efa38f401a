import { Readable } from "node:stream";
import { Upload } from "@aws-sdk/lib-storage";
import type { Logger } from "../logger.ts";
import type { Artifact } from "./artifact.ts";
import type { S3Credentials } from "./credentials.ts";
import { discardParts } from "./discard-parts.ts";
import { createMeter, type Measurement } from "./meter.ts";
import { choosePartSize } from "./part-size.ts";
import { createS3Client, type S3Destination, type S3Timeouts } from "./s3-client.ts";
import { toUploadError } from "./upload-error.ts";

/** Where and how an artifact is stored. */
export interface UploadOptions extends S3Timeouts {
  readonly destination: S3Destination;
  readonly objectKey: string;
  /** Unset: the SDK's default chain. */
  readonly credentials: S3Credentials | undefined;
  /** For the whole upload. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

// Parts sent at once; each is held in memory, and two hide the pauses between requests.
const partsInFlight = 2;

/**
 * Stores an artifact and tells what was stored, counted and hashed on the way to the store.
 *
 * If it fails or is aborted, neither an object nor parts stay behind. An abort that arrives when all parts are there
 * and the store is asked to complete the object comes too late: the result is then returned.
 *
 * @throws InstanceError `UPLOAD_FAILED`, `BACKUP_CREDENTIALS_INVALID`, or what reading the artifact throws;
 * `signal`'s reason if that aborts.
 */
export async function uploadArtifact(artifact: Artifact, options: UploadOptions): Promise<Measurement> {
  const { destination, objectKey, timeoutMs, logger } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([options.signal, deadline]);
  const client = createS3Client({ ...options, signal });
  const target = { Bucket: destination.bucket, Key: objectKey };
  const meter = createMeter();
  const upload = new Upload({
    client,
    // Not Upload's own abort: done() would reject with parts still under way. An aborted signal ends the body and
    // the parts, and done() then rejects after the last of them.
    params: { ...target, Body: Readable.from(meter.measure(artifact.read(), signal)) },
    partSize: choosePartSize(artifact.maxSizeBytes),
    queueSize: partsInFlight,
    leavePartsOnError: true,
  });
  try {
    await upload.done();
    return meter.finish();
  } catch (cause) {
    const { uploadId } = upload;
    if (uploadId !== undefined) await discardParts({ client, target, uploadId, logger });
    options.signal.throwIfAborted();
    throw toUploadError(cause, { ...options, timedOutAfterMs: deadline.aborted ? timeoutMs : undefined });
  } finally {
    client.destroy();
  }
}
