import { describeError, InstanceError, isInstanceError } from "../errors.ts";
import type { S3Credentials } from "./credentials.ts";
import { describeStore, type S3Destination } from "./s3-destination.ts";

// A store's text has no bound of its own, and callers keep no more than the beginning of a message.
const maxReasonLength = 500;

/** What was attempted when an upload failed. */
export interface FailedUpload {
  readonly destination: S3Destination;
  readonly objectKey: string;
  readonly credentials: S3Credentials | undefined;
  /** The deadline for the whole upload, if that ended it. */
  readonly timedOutAfterMs: number | undefined;
}

/**
 * Turns what an upload threw into an {@link InstanceError}: `UPLOAD_FAILED` with the name and the status of the
 * store's answer, `BACKUP_CREDENTIALS_INVALID` if the SDK found no credentials anywhere. What reading the artifact
 * threw passes as it is.
 */
export function toUploadError(cause: unknown, upload: FailedUpload): InstanceError {
  if (isInstanceError(cause)) return cause;
  const { destination, objectKey, timedOutAfterMs } = upload;
  const code = isLackOfCredentials(cause) ? "BACKUP_CREDENTIALS_INVALID" : "UPLOAD_FAILED";
  const why =
    timedOutAfterMs === undefined
      ? redact(describeS3Error(cause), upload.credentials).slice(0, maxReasonLength)
      : `not finished within ${timedOutAfterMs} ms`;
  return new InstanceError(
    code,
    `uploading s3://${destination.bucket}/${objectKey} to ${describeStore(destination)} failed: ${why}`,
    { cause: withoutSecrets(cause, upload.credentials) },
  );
}

/** The HTTP status that a store answered with; `undefined` if there was no answer. */
export function httpStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("$metadata" in error)) return undefined;
  const { $metadata: metadata } = error;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return undefined;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : undefined;
}

/** What a store answered, or why it didn't, for the end of a message. Credentials are left out, even where the store repeats them. */
export function describeStoreFailure(error: unknown, credentials: S3Credentials | undefined): string {
  return redact(describeS3Error(error), credentials);
}

// Some stores name no error ("UnknownError") or give no text; name, status and text together always tell something.
function describeS3Error(error: unknown): string {
  const status = httpStatus(error);
  if (status === undefined || !(error instanceof Error)) return describeError(error);
  const text = error.message === "" || error.message === error.name ? "" : `: ${error.message}`;
  return `${error.name} (HTTP ${status})${text}`;
}

/** Tells whether the SDK found no credentials anywhere. */
export function isLackOfCredentials(error: unknown): boolean {
  return error instanceof Error && error.name === "CredentialsProviderError";
}

/** A store's text is its own: it may repeat what it was sent. */
function redact(message: string, credentials: S3Credentials | undefined): string {
  return Object.values(credentials ?? {}).reduce((text, secret) => text.replaceAll(secret, "***"), message);
}

/** The cause as the log may hold it, which writes out its text and its stack. */
function withoutSecrets(cause: unknown, credentials: S3Credentials | undefined): unknown {
  if (!(cause instanceof Error)) return cause;
  const copy = new Error(redact(cause.message, credentials));
  copy.name = cause.name;
  copy.stack = redact(cause.stack ?? "", credentials);
  return copy;
}
