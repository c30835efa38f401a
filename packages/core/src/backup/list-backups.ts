import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { isInstanceError } from "../errors.ts";
import { type BackupMetadata, metadataSuffix, parseBackupMetadata } from "./backup-metadata.ts";
import { buildObjectKey, isArtifactKey, trimSlashes } from "./object-key.ts";
import type { SkippedObject } from "./prune-request.ts";
import type { S3Destination } from "./s3-destination.ts";
import { httpStatus } from "./upload-error.ts";

/** The backups under a path, and what looks like one. */
export interface BackupListing {
  /** Complete ones: each has its metadata, and an object of the size that it says. */
  readonly backups: readonly BackupMetadata[];
  readonly skipped: readonly SkippedObject[];
}

/** Where is looked. */
export interface ListOptions {
  readonly destination: S3Destination;
  readonly signal: AbortSignal;
}

// A list that is cut would lack backups, the newest among them perhaps; it is refused instead.
const maxPages = 1_000;
const maxBackups = 10_000;
// Ours has some 600 bytes, and a few more for each of Redis' databases.
const maxMetadataBytes = 1024 * 1024;
const readsInFlight = 8;

/**
 * Lists the backups right under a destination's path; what lies deeper belongs to others.
 *
 * @throws What the store's client throws; Error if there is too much to be listed in full.
 */
export async function listBackups(client: S3Client, options: ListOptions): Promise<BackupListing> {
  const sizes = await listSizes(client, options);
  const keys = Array.from(sizes.keys());
  const describedKeys = keys
    .filter((key) => key.endsWith(metadataSuffix))
    .map((key) => key.slice(0, -metadataSuffix.length))
    .filter(isArtifactKey);
  if (describedKeys.length > maxBackups) throw new Error(`there are more than ${maxBackups} backups`);

  const backups: BackupMetadata[] = [];
  const skipped: SkippedObject[] = keys
    .filter((key) => isArtifactKey(key) && !sizes.has(`${key}${metadataSuffix}`))
    .map((key) => ({ key, reason: "no-metadata" }));
  // One iterator for all readers: each takes the next key.
  const waiting = describedKeys.values();
  async function readInTurn(): Promise<void> {
    for (const objectKey of waiting) {
      const found = await readBackup(client, { ...options, objectKey, sizes });
      if ("reason" in found) skipped.push(found);
      else backups.push(found);
    }
  }
  await Promise.all(Array.from({ length: readsInFlight }, readInTurn));
  return { backups, skipped };
}

/** Every key right under the path, with its size in bytes. */
async function listSizes(
  client: S3Client,
  { destination, signal }: ListOptions,
): Promise<ReadonlyMap<string, number>> {
  const path = trimSlashes(destination.path);
  const sizes = new Map<string, number>();
  let token: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const listing = await client.send(
      new ListObjectsV2Command({
        Bucket: destination.bucket,
        Prefix: path === "" ? "" : `${path}/`,
        Delimiter: "/",
        ContinuationToken: token,
      }),
      { abortSignal: signal },
    );
    for (const { Key: key, Size: sizeBytes } of listing.Contents ?? []) {
      if (key !== undefined && sizeBytes !== undefined) sizes.set(key, sizeBytes);
    }
    if (listing.IsTruncated !== true) return sizes;
    token = listing.NextContinuationToken;
    if (token === undefined) throw new Error("the store cut its list and did not say how to go on");
  }
  throw new Error(`the list has more than ${maxPages} pages`);
}

interface ReadOptions extends ListOptions {
  readonly objectKey: string;
  readonly sizes: ReadonlyMap<string, number>;
}

async function readBackup(client: S3Client, options: ReadOptions): Promise<BackupMetadata | SkippedObject> {
  const { destination, objectKey, sizes } = options;
  const skip = (reason: SkippedObject["reason"]) => ({ key: objectKey, reason });
  const sizeBytes = sizes.get(objectKey);
  if (sizeBytes === undefined) return skip("object-missing");

  const text = await readMetadata(client, options);
  const metadata = text === undefined ? undefined : parseMetadata(text);
  if (metadata === undefined) return skip("metadata-not-understood");
  const { backupName, artifactType } = metadata;
  const ownKey = buildObjectKey({ path: destination.path, backupName, artifactType });
  // What was copied here from elsewhere still names the place that it came from.
  if (metadata.objectKey !== objectKey || ownKey !== objectKey) return skip("metadata-of-another-object");
  return metadata.sizeBytes === sizeBytes ? metadata : skip("object-of-another-size");
}

async function readMetadata(
  client: S3Client,
  { destination, objectKey, sizes, signal }: ReadOptions,
): Promise<string | undefined> {
  const key = `${objectKey}${metadataSuffix}`;
  if ((sizes.get(key) ?? 0) > maxMetadataBytes) return undefined;
  try {
    const { Body: body } = await client.send(new GetObjectCommand({ Bucket: destination.bucket, Key: key }), {
      abortSignal: signal,
    });
    return await body?.transformToString();
  } catch (error) {
    // Deleted since it was listed.
    if (httpStatus(error) === 404) return undefined;
    throw error;
  }
}

function parseMetadata(text: string): BackupMetadata | undefined {
  try {
    return parseBackupMetadata(text);
  } catch (error) {
    if (isInstanceError(error) && error.code === "BACKUP_METADATA_INVALID") return undefined;
    throw error;
  }
}
