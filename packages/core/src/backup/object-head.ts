import { HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { httpStatus } from "./upload-error.ts";

/** Names one object. */
export interface ObjectTarget {
  readonly Bucket: string;
  readonly Key: string;
}

/** What a store says of an object. Two of the same key that are equal are one and the same. */
export interface ObjectHead {
  readonly sizeBytes: number;
  /** ISO 8601; unset where the store reports none, and so is the tag. */
  readonly lastModified?: string | undefined;
  readonly eTag?: string | undefined;
}

/**
 * Asks a store for an object.
 *
 * @returns `undefined` if there is none.
 * @throws What the store's client throws.
 */
export async function readObjectHead(
  client: S3Client,
  { target, signal }: { readonly target: ObjectTarget; readonly signal: AbortSignal },
): Promise<ObjectHead | undefined> {
  try {
    const head = await client.send(new HeadObjectCommand(target), { abortSignal: signal });
    if (head.ContentLength === undefined) throw new Error("the store did not tell the object's size");
    return {
      sizeBytes: head.ContentLength,
      lastModified: head.LastModified?.toISOString(),
      eTag: head.ETag,
    };
  } catch (error) {
    if (httpStatus(error) === 404) return undefined;
    throw error;
  }
}

/** As {@link readObjectHead}, but whoever may not look sees nothing: some stores refuse where there is no object. */
export async function peekObjectHead(
  client: S3Client,
  options: { readonly target: ObjectTarget; readonly signal: AbortSignal },
): Promise<ObjectHead | undefined> {
  try {
    return await readObjectHead(client, options);
  } catch (error) {
    const status = httpStatus(error);
    if (status !== undefined && status < 500) return undefined;
    throw error;
  }
}

/** Tells whether two looks at one key saw the same object. */
export function isSameObject(one: ObjectHead | undefined, other: ObjectHead | undefined): boolean {
  return (
    one?.sizeBytes === other?.sizeBytes &&
    one?.lastModified === other?.lastModified &&
    one?.eTag === other?.eTag
  );
}
