import { Readable } from "node:stream";
import { GetObjectCommand, type GetObjectCommandOutput } from "@aws-sdk/client-s3";
import { type BackupMetadata, metadataSuffix, parseBackupMetadata } from "../backup/backup-metadata.ts";
import type { S3Credentials } from "../backup/credentials.ts";
import { createS3Client, type S3Patience } from "../backup/s3-client.ts";
import { describeStore, type S3Store } from "../backup/s3-destination.ts";
import { describeStoreFailure, httpStatus, isLackOfCredentials } from "../backup/upload-error.ts";
import { InstanceError, isInstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { formatRestoreSource, type RestoreSource } from "./restore-source.ts";
import { readResumably } from "./resumable-read.ts";

/** Reads one backup from its store. */
export interface StoreReader extends Disposable {
  /** @throws InstanceError `RESTORE_SOURCE_INCOMPLETE`, `BACKUP_METADATA_INVALID`, and as {@link StoreReader.read}. */
  readMetadata(): Promise<BackupMetadata>;
  /**
   * Its bytes, in one pass: a connection that breaks is opened again where it stopped.
   *
   * @throws InstanceError `RESTORE_DOWNLOAD_FAILED`, `BACKUP_CREDENTIALS_INVALID`, `RESTORE_SOURCE_INCOMPLETE`,
   * `RESTORE_ARTIFACT_INVALID` if the store has an object of another size; `signal`'s reason if that aborts.
   */
  read(options: { readonly sizeBytes: number }): AsyncGenerator<Buffer, void, undefined>;
}

/** What is read, and how. */
export interface StoreReaderOptions extends S3Patience {
  readonly source: RestoreSource;
  readonly store: S3Store;
  /** Unset: the SDK's default chain. */
  readonly credentials: S3Credentials | undefined;
  /** For everything that is read, from the creation of the reader on: what trickles is never silent for long. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

// Ours has some 600 bytes, and a few more for each of Redis' databases.
const maxMetadataBytes = 1024 * 1024;

// The SDK repeats a request that fails by itself; this is for what breaks while it is read.
const maxAttempts = 5;
const firstPauseMs = 500;

/** Creates a reader; nothing is asked of the store until it reads. */
export function createStoreReader(options: StoreReaderOptions): StoreReader {
  const { source, store, credentials, timeoutMs, signal, logger } = options;
  const client = createS3Client(options);
  const deadline = AbortSignal.timeout(timeoutMs);
  const ended = AbortSignal.any([signal, deadline]);

  async function get(key: string, offsetBytes: number): Promise<GetObjectCommandOutput> {
    const range = offsetBytes === 0 ? {} : { Range: `bytes=${offsetBytes}-` };
    const command = new GetObjectCommand({ Bucket: source.bucket, Key: key, ...range });
    return await client.send(command, { abortSignal: ended });
  }

  function toRestoreError(cause: unknown, key: string): InstanceError {
    if (isInstanceError(cause)) return cause;
    const what = `${formatRestoreSource({ bucket: source.bucket, key })} from ${describeStore(store)}`;
    if (isMissing(cause)) {
      const why = key === source.key ? "there is no such object" : "no metadata lies beside the backup";
      return new InstanceError("RESTORE_SOURCE_INCOMPLETE", `reading ${what} failed: ${why}`, { cause });
    }
    const code = isLackOfCredentials(cause) ? "BACKUP_CREDENTIALS_INVALID" : "RESTORE_DOWNLOAD_FAILED";
    const why = deadline.aborted
      ? `not finished within ${timeoutMs} ms`
      : describeStoreFailure(cause, credentials);
    return new InstanceError(code, `reading ${what} failed: ${why}`, { cause });
  }

  return {
    async readMetadata() {
      const key = `${source.key}${metadataSuffix}`;
      try {
        const body = bodyOf(await get(key, 0), { offsetBytes: 0 });
        return parseBackupMetadata(await readText(body));
      } catch (error) {
        signal.throwIfAborted();
        throw toRestoreError(error, key);
      }
    },

    async *read({ sizeBytes }) {
      const openAt = async (offsetBytes: number) => {
        const output = await get(source.key, offsetBytes);
        requireSize(output, sizeBytes);
        return bodyOf(output, { offsetBytes });
      };
      try {
        yield* readResumably(openAt, {
          sizeBytes,
          maxAttempts,
          firstPauseMs,
          isWorthRepeating: (error) => !isInstanceError(error) && !isFinal(error),
          signal: ended,
          logger,
        });
      } catch (error) {
        signal.throwIfAborted();
        throw toRestoreError(error, source.key);
      }
    },

    [Symbol.dispose]: () => client.destroy(),
  };
}

/** The content from the offset on: a store that ignores the range of a request sends all of it. */
async function* bodyOf(
  { Body: body, ContentRange: range }: GetObjectCommandOutput,
  { offsetBytes }: { readonly offsetBytes: number },
): AsyncGenerator<Buffer, void, undefined> {
  if (!(body instanceof Readable)) throw new Error("the store sent no content");
  let surplusBytes = range === undefined ? offsetBytes : 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) throw new Error("the store's content came as text");
    const dropped = Math.min(surplusBytes, chunk.length);
    surplusBytes -= dropped;
    if (dropped < chunk.length) yield chunk.subarray(dropped);
  }
}

/** Before anything is read of it: the object isn't the one that the metadata describes, or was cut by a copy. */
function requireSize({ ContentRange, ContentLength }: GetObjectCommandOutput, sizeBytes: number): void {
  const found = ContentRange === undefined ? ContentLength : Number(/\/(\d+)$/.exec(ContentRange)?.[1]);
  if (found === undefined || Number.isNaN(found) || found === sizeBytes) return;
  throw new InstanceError(
    "RESTORE_ARTIFACT_INVALID",
    `the backup's object has ${found} bytes, its metadata says ${sizeBytes}`,
  );
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > maxMetadataBytes) {
      throw new InstanceError("BACKUP_METADATA_INVALID", `it is larger than ${maxMetadataBytes} bytes`);
    }
  }
  return Buffer.concat(chunks).toString("utf8");
}

function isMissing(error: unknown): boolean {
  return httpStatus(error) === 404 && !(error instanceof Error && error.name === "NoSuchBucket");
}

/** The store has decided: another attempt gets the same answer. */
function isFinal(error: unknown): boolean {
  if (isLackOfCredentials(error)) return true;
  const status = httpStatus(error);
  return status !== undefined && status < 500 && ![408, 429].includes(status);
}
