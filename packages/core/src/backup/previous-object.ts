import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { isInstanceError } from "../errors.ts";
import { metadataSuffix, parseBackupMetadata } from "./backup-metadata.ts";
import { type ObjectHead, type ObjectTarget, readObjectHead } from "./object-head.ts";
import { httpStatus } from "./upload-error.ts";

/** What lay under a key before an upload: it must still be there when the upload fails. */
export type PreviousObject =
  | { readonly kind: "none" }
  /** The store did not say. Some refuse where there is no object, unless one may list the bucket. */
  | { readonly kind: "unknown" }
  | {
      readonly kind: "object";
      readonly head: ObjectHead;
      /** Of the backup that it belongs to, as its metadata say: ISO 8601. */
      readonly backupStartedAt?: string | undefined;
    };

interface Look {
  readonly target: ObjectTarget;
  readonly signal: AbortSignal;
}

/** Looks what lies under a key. @throws What the store's client throws, unless the store refuses to tell. */
export async function readPreviousObject(client: S3Client, look: Look): Promise<PreviousObject> {
  try {
    const head = await readObjectHead(client, look);
    if (head === undefined) return { kind: "none" };
    return { kind: "object", head, backupStartedAt: await readBackupStart(client, look) };
  } catch (error) {
    const status = httpStatus(error);
    if (status !== undefined && status < 500) return { kind: "unknown" };
    throw error;
  }
}

/**
 * Reads from the metadata beside an object when its backup was started: ISO 8601.
 *
 * @returns `undefined` without metadata that can be read.
 * @throws What the store's client throws.
 */
export async function readBackupStart(
  client: S3Client,
  { target, signal }: Look,
): Promise<string | undefined> {
  try {
    const metadata = { Bucket: target.Bucket, Key: `${target.Key}${metadataSuffix}` };
    const { Body: body } = await client.send(new GetObjectCommand(metadata), { abortSignal: signal });
    return parseBackupMetadata((await body?.transformToString()) ?? "").startedAt;
  } catch (error) {
    if (httpStatus(error) === 404 || isInstanceError(error)) return undefined;
    throw error;
  }
}
