import { InstanceError } from "../errors.ts";
import type { BackupMethod, KeyCounts } from "./backup-request.ts";
import { parseJsonFields } from "./json-fields.ts";
import type { ArtifactType } from "./object-key.ts";

/** What stands in the object beside a backup's object. That it is there is the proof that the backup is complete. */
export interface BackupMetadata {
  readonly backupName: string;
  readonly artifactType: ArtifactType;
  readonly method: BackupMethod;
  readonly objectKey: string;
  readonly sizeBytes: number;
  /** Of the object's bytes, as lower-case hex; a store's own checksum of a multipart object is one of checksums. */
  readonly checksumSha256: string;
  readonly redisVersion: string;
  readonly server: RedisFlavour;
  readonly replicationId: string;
  /** As `INFO` said right before the save or rewrite was asked for, and so are the key counts. */
  readonly replicationOffset: number;
  readonly keyCounts: KeyCounts;
  /** As `INFO` said when the save had ended, or when the archive had been opened. */
  readonly keyCountsAfter: KeyCounts;
  /** Whether keys were written or expired between the two counts; unset where `INFO` did not tell. */
  readonly writesDuringBackup?: boolean | undefined;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** ISO 8601, UTC. */
  readonly finishedAt: string;
}

/** Which server wrote the artifact. */
export type RedisFlavour = "redis" | "valkey";

/** What is appended to the key of a backup's object to get the key of its metadata. */
export const metadataSuffix = ".metadata.json";

/** The content type of the metadata object. */
export const metadataContentType = "application/json";

// Whoever lists a bucket tells our objects from others by these two.
const format = "redis-instance-manager/backup";
const version = 1;

/** Writes metadata as the text of the object, indented for people. */
export function serializeBackupMetadata(metadata: BackupMetadata): string {
  const { checksumSha256, ...rest } = metadata;
  return `${JSON.stringify({ format, version, ...rest, checksumSHA256: checksumSha256 }, undefined, 2)}\n`;
}

/**
 * Parses the text of a metadata object. Fields that are not known are ignored.
 *
 * @throws InstanceError `BACKUP_METADATA_INVALID` if it is not of this format and version, or a field lacks or is wrong.
 */
export function parseBackupMetadata(text: string): BackupMetadata {
  const fields = parseJsonFields(text, invalid);
  if (fields.optionalText("format") !== format || fields.count("version") !== version) {
    throw invalid(`it is not ${format} in version ${version}`);
  }
  return {
    backupName: fields.text("backupName"),
    artifactType: fields.oneOf("artifactType", ["rdb", "aof-archive"]),
    method: fields.oneOf("method", ["rdb", "aof"]),
    objectKey: fields.text("objectKey"),
    sizeBytes: fields.count("sizeBytes"),
    checksumSha256: fields.text("checksumSHA256", /^[0-9a-f]{64}$/),
    redisVersion: fields.text("redisVersion"),
    server: fields.oneOf("server", ["redis", "valkey"]),
    replicationId: fields.text("replicationId"),
    replicationOffset: fields.count("replicationOffset"),
    keyCounts: fields.counts("keyCounts", /^db\d+$/),
    keyCountsAfter: fields.counts("keyCountsAfter", /^db\d+$/),
    writesDuringBackup: fields.optionalFlag("writesDuringBackup"),
    startedAt: fields.time("startedAt"),
    finishedAt: fields.time("finishedAt"),
  };
}

function invalid(why: string): InstanceError {
  return new InstanceError("BACKUP_METADATA_INVALID", `reading the metadata of a backup failed: ${why}`);
}
