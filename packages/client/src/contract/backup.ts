import * as z from "zod";
import { s3DestinationSchema } from "./s3-destination.ts";

const defaultMethod = "rdb";

// Kubernetes' own rule for the name of an object.
const rfc1123Subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The name of a RedisBackup resource: of one backup of an instance, and part of its object's key. */
export const backupNameSchema = z
  .string("must be a non-empty string")
  .min(1, "must be a non-empty string")
  .max(253, "must be at most 253 characters long")
  .regex(rfc1123Subdomain, "must be an RFC 1123 subdomain: lower-case letters, digits, - and .");

/** Where objects go. */
export const destinationSchema = z.object(
  {
    /** A bucket of S3, or of a store that speaks its protocol. */
    s3: s3DestinationSchema,
  },
  "must be an object that holds s3",
);

/** Body of `POST /v1/backup`. Unknown fields are ignored. */
export const backupRequestSchema = z.object(
  {
    /** RFC 1123 subdomain; part of the object's key. */
    backupName: backupNameSchema,
    /** `rdb`: an RDB file; `aof`: the append-only directory. */
    method: z
      .enum(["rdb", "aof", ""], "must be rdb or aof")
      .default(defaultMethod)
      .transform((method) => (method === "" ? defaultMethod : method)),
    /** Where the object goes. */
    destination: destinationSchema,
  },
  "must be a JSON object",
);

/**
 * Query of `POST /v1/backup`.
 *
 * A backup that has succeeded since the manager started is not made again for the same name, method and destination: its
 * result is answered.
 */
export const backupQuerySchema = z.object({
  /** Extension: whether it is made again nevertheless. */
  force: z
    .enum(["true", "false"], "must be true or false")
    .default("false")
    .transform((text) => text === "true"),
});

/** The preference (RFC 7240) that a backup be answered at once with its job, as 202. */
export const asyncPreference = "respond-async";

const time = z.iso.datetime({ offset: true });

/** The 200 body of `POST /v1/backup`. */
export const backupResultSchema = z.object({
  /** `rdb`: an RDB file; `aof-archive`: the append-only directory as tar.gz. */
  artifactType: z.enum(["rdb", "aof-archive"]),
  /** `s3://<bucket>/<objectKey>` */
  backupPath: z.string().regex(/^s3:\/\/[^/]+\/./),
  /** `<path>/<backupName>` and the extension: `.rdb` or `.aof.tar.gz`. */
  objectKey: z.string().min(1),
  /** Bytes of the stored object. */
  backupSize: z.int().nonnegative(),
  /** Of exactly those bytes, in lower-case hex. */
  checksumSHA256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Extension: key of the object beside it that says all this. A backup without it is not complete. */
  metadataKey: z.string().min(1).exactOptional(),
  /** Extension: the version of Redis, or of Valkey, that wrote it. */
  redisVersion: z.string().exactOptional(),
  /** Extension: `master_replid` right before the save or rewrite was asked for. */
  replicationId: z.string().exactOptional(),
  /** Extension: the replication offset at that moment, in bytes. */
  replicationOffset: z.int().nonnegative().exactOptional(),
  /** Extension: the number of keys at that moment, by the name of the database: `db0`. */
  keyCounts: z.record(z.string(), z.int().nonnegative()).exactOptional(),
  /** Extension: when the backup began, ISO 8601. */
  startedAt: time.exactOptional(),
  /** Extension: when the object and its metadata were stored, ISO 8601. */
  finishedAt: time.exactOptional(),
});

/** A backup as the manager understands it: checked, trimmed, every default filled in. */
export type ParsedBackupRequest = z.output<typeof backupRequestSchema>;
