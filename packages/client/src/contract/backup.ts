import * as z from "zod";

// The longest key that S3 takes; a longer prefix could never be stored.
const maxPathLength = 1024;

const defaultMethod = "rdb";
const defaultRegion = "us-east-1";

// Kubernetes' own rule for the name of an object.
const rfc1123Subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

// Object stores other than AWS are loose about names; these characters would change the meaning of a URL or a log.
const storeName = z
  .string("must be a string")
  .regex(/^[^\p{Cc}/\\]*$/u, "must hold no slash and no control character");

// A Go caller without `omitempty` sends "" for what is not set, so "" counts as absent in every optional field.
const s3DestinationSchema = z
  .object(
    {
      bucket: storeName
        .min(1, "must not be empty")
        .refine((name) => !/^\.{1,2}$/.test(name), "must not be a dot segment"),
      /** Prefix of the object key. */
      path: z
        .string("must be a string")
        .max(maxPathLength, `must be at most ${maxPathLength} characters long`)
        .regex(/^\P{Cc}*$/u, "must hold no control character")
        .transform((path) => path.replace(/^\/+/, "").replace(/\/+$/, ""))
        .refine((path) => !path.split("/").includes(".."), "must hold no .. segment")
        .default(""),
      /** An S3-compatible store other than AWS; addressed path-style. */
      endpoint: z
        .string("must be a string")
        .refine((url) => url === "" || isHttpUrl(url), "must be an http or https URL")
        .exactOptional(),
      region: storeName
        .default(defaultRegion)
        .transform((region) => (region === "" ? defaultRegion : region)),
    },
    "must be an object that names a bucket",
  )
  .transform(({ endpoint, ...s3 }) => ({
    ...s3,
    ...(endpoint !== undefined && endpoint !== "" && { endpoint }),
  }));

/** Body of `POST /v1/backup`. Unknown fields are ignored. */
export const backupRequestSchema = z.object(
  {
    /** The name of the RedisBackup resource; part of the object key. */
    backupName: z
      .string("must be a non-empty string")
      .min(1, "must be a non-empty string")
      .max(253, "must be at most 253 characters long")
      .regex(rfc1123Subdomain, "must be an RFC 1123 subdomain: lower-case letters, digits, - and ."),
    method: z
      .enum(["rdb", "aof", ""], "must be rdb or aof")
      .default(defaultMethod)
      .transform((method) => (method === "" ? defaultMethod : method)),
    destination: z.object({ s3: s3DestinationSchema }, "must be an object that holds s3"),
  },
  "must be a JSON object",
);

/** The 200 body of `POST /v1/backup`. */
export const backupResultSchema = z.object({
  /** `rdb`: an RDB file; `aof-archive`: the append-only directory as tar.gz. */
  artifactType: z.enum(["rdb", "aof-archive"]),
  /** `s3://<bucket>/<objectKey>` */
  backupPath: z.string().regex(/^s3:\/\/[^/]+\/./),
  objectKey: z.string().min(1),
  /** Bytes of the stored object. */
  backupSize: z.int().nonnegative(),
  /** Of exactly those bytes, in lower-case hex. */
  checksumSHA256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** A backup as a caller asks for it. */
export type BackupRequest = z.input<typeof backupRequestSchema>;
/** A backup as the manager understands it: checked, trimmed, every default filled in. */
export type ParsedBackupRequest = z.output<typeof backupRequestSchema>;
/** What was stored, and where. */
export type BackupResult = z.infer<typeof backupResultSchema>;

function isHttpUrl(text: string): boolean {
  // The URL parser repairs what it can ("http:host", line breaks); what is repaired was not meant.
  return /^https?:\/\/[^\s\p{Cc}]+$/iu.test(text) && URL.canParse(text);
}
