import {
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { toArtifactAttributes } from "./object-attributes.ts";
import type { ObjectTarget } from "./object-head.ts";
import { allocatePart, type PartReader } from "./part-reader.ts";
import { chooseChecksumMode, type S3Destination } from "./s3-destination.ts";

/** One multipart upload to be made. */
export interface MultipartUpload {
  readonly client: S3Client;
  readonly target: ObjectTarget;
  readonly destination: S3Destination;
  readonly parts: PartReader;
  /** Already read; its buffer is used again. */
  readonly firstPart: Buffer;
  /** Parts that are sent at once, the one being read included; each has a buffer. */
  readonly concurrency: number;
  /** Cuts the parts under way. */
  readonly signal: AbortSignal;
  /** Bounds what a signal must not cut: creating and completing. */
  readonly deadline: AbortSignal;
  readonly onCreated: (uploadId: string) => Promise<void>;
  readonly onSent: (bytes: number) => void;
}

/**
 * Sends an artifact in parts. Each lane has one buffer that it fills, sends, and fills again: lanes take turns to read, and
 * send at the same time.
 *
 * When it throws, no part is under way any more.
 *
 * @returns Completes the upload, when everything is there.
 */
export async function sendParts(upload: MultipartUpload): Promise<() => Promise<void>> {
  const { client, target, destination, deadline } = upload;
  // The store checks each part only against what was announced here.
  const checksum = chooseChecksumMode(destination) === "when-supported" && {
    ChecksumAlgorithm: "CRC32" as const,
  };
  const { UploadId: uploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...target, ...toArtifactAttributes(destination), ...checksum }),
    { abortSignal: deadline },
  );
  if (uploadId === undefined) throw new Error("the store named no multipart upload");
  await upload.onCreated(uploadId);

  const sent: CompletedPart[] = [];
  // One lane's failure ends all.
  const failure = new AbortController();
  const signal = AbortSignal.any([upload.signal, failure.signal]);
  let lastRead: Promise<unknown> = Promise.resolve();
  let partsRead = 0;

  /** The next part in the lane's buffer, read in turn; empty at the end. */
  function readPart(buffer: Buffer): Promise<{ body: Buffer; partNumber: number }> {
    const part = lastRead.then(async () => {
      signal.throwIfAborted();
      const body = partsRead === 0 ? upload.firstPart : await upload.parts.read(buffer);
      partsRead += 1;
      return { body, partNumber: partsRead };
    });
    lastRead = part.catch(() => undefined);
    return part;
  }

  async function sendInLane(buffer: Buffer): Promise<void> {
    for (;;) {
      const { body, partNumber } = await readPart(buffer);
      if (body.length === 0) return;
      const { ETag, ChecksumCRC32 } = await client.send(
        new UploadPartCommand({
          ...target,
          ...checksum,
          UploadId: uploadId,
          PartNumber: partNumber,
          Body: body,
          ContentLength: body.length,
        }),
        { abortSignal: signal },
      );
      sent[partNumber - 1] = { PartNumber: partNumber, ETag, ChecksumCRC32 };
      upload.onSent(body.length);
    }
  }
  const { firstPart } = upload;
  // Lane 0 has the buffer that the first part is in and takes the first turn.
  const lanes = Array.from({ length: upload.concurrency }, (_unused, lane) =>
    sendInLane(lane === 0 ? firstPart : allocatePart(firstPart.length)).catch((error: unknown) =>
      failure.abort(error),
    ),
  );
  await Promise.all(lanes);
  failure.signal.throwIfAborted();
  return async () => {
    await client.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId: uploadId, MultipartUpload: { Parts: sent } }),
      { abortSignal: deadline },
    );
  };
}
