import * as z from "zod";

// The longest key that S3 takes; a longer prefix could never be stored.
const maxPathLength = 1024;
// Thirty certificates. It travels with every request, within the size that a manager takes.
const maxCaBundleLength = 48 * 1024;
const maxKmsKeyIdLength = 2048;

const defaultRegion = "us-east-1";

// Object stores other than AWS are loose about names; these characters would change the meaning of a URL or a log.
const storeName = z
  .string("must be a string")
  .regex(/^[^\p{Cc}/\\]*$/u, "must hold no slash and no control character");

const maxTags = 10;

// A pod shares its memory with Redis.
const maxPartsInMemoryMiB = 512;
const partSizeRange = `must be a whole number in 5..${maxPartsInMemoryMiB}`;
const concurrencyRange = "must be a whole number in 1..16";

/** What a store may need beyond its address. */
const s3Options = {
  /** Whether the bucket stands in the path of a URL, not in its host. Default: whether there is an endpoint. */
  forcePathStyle: z.boolean("must be true or false").exactOptional(),
  /**
   * Whether requests carry a checksum of the SDK's own wherever S3 knows one, or only where it must. Default:
   * `when-required` with an endpoint, since many stores don't know them, else `when-supported`.
   */
  checksum: z
    .enum(["when-supported", "when-required"], "must be when-supported or when-required")
    .exactOptional(),
  /** Certificates in PEM format that are trusted in place of the well-known ones. */
  caBundle: z
    .string("must be a string")
    .max(maxCaBundleLength, `must be at most ${maxCaBundleLength} characters long`)
    .refine(isCertificateBundle, "must be certificates in PEM format, without a private key")
    .exactOptional(),
  /** How the store encrypts what it keeps. */
  serverSideEncryption: z
    .object({
      /** `AES256`: keys of the store; `aws:kms`: keys of AWS KMS. */
      algorithm: z.enum(["AES256", "aws:kms"], "must be AES256 or aws:kms"),
      /** A key of AWS KMS, for `aws:kms`. Default: the store's own key. */
      kmsKeyId: z
        .string("must be a string")
        .max(maxKmsKeyIdLength, `must be at most ${maxKmsKeyIdLength} characters long`)
        .regex(/^[\x21-\x7e]*$/, "must be printable ASCII without spaces")
        .exactOptional(),
    })
    .refine(({ algorithm, kmsKeyId = "" }) => algorithm === "aws:kms" || kmsKeyId === "", {
      path: ["kmsKeyId"],
      message: "must be absent unless the algorithm is aws:kms",
    })
    .transform(({ algorithm, kmsKeyId = "" }) => ({ algorithm, ...(kmsKeyId !== "" && { kmsKeyId }) }))
    .exactOptional(),
  /** The class that the object is stored in: `STANDARD_IA`, … Default: the bucket's. */
  storageClass: z
    .string("must be a string")
    .regex(/^[\w.-]{1,64}$/, "must be 1 to 64 letters, digits, _, . and -")
    .exactOptional(),
  /** Tags that the object is given, at most 10. */
  tags: z
    .custom<Readonly<Record<string, string>>>(
      isTagSet,
      `must be at most ${maxTags} tags: keys of 1 to 128 characters, values of at most 256, no control characters`,
    )
    .meta({ type: "object", maxProperties: maxTags, additionalProperties: { type: "string" } })
    .exactOptional(),
  /** Size of a part of a large object; grows where more than 10,000 would be needed. */
  partSizeMiB: z
    .int(partSizeRange)
    .min(5, partSizeRange)
    .max(maxPartsInMemoryMiB, partSizeRange)
    .exactOptional(),
  /** How many parts are sent at once, each held in memory. */
  concurrency: z.int(concurrencyRange).min(1, concurrencyRange).max(16, concurrencyRange).exactOptional(),
};

/** Where objects go, and how. Unknown fields are ignored. */
const s3Fields = z
  .object(
    {
      /** The bucket's name. */
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
      /** An S3-compatible store other than AWS. */
      endpoint: z
        .string("must be a string")
        .refine((url) => url === "" || isHttpUrl(url), "must be an http or https URL")
        .exactOptional(),
      /** The region of the bucket, of AWS or as the store has it. */
      region: storeName
        .default(defaultRegion)
        .transform((region) => (region === "" ? defaultRegion : region)),
      ...s3Options,
    },
    "must be an object that names a bucket",
  )
  .refine(
    ({ partSizeMiB = 0, concurrency = 1 }) =>
      partSizeMiB > maxPartsInMemoryMiB || partSizeMiB * concurrency <= maxPartsInMemoryMiB,
    {
      path: ["partSizeMiB"],
      message: `times concurrency must be at most ${maxPartsInMemoryMiB}: it is held in memory`,
    },
  )
  .transform(({ endpoint, ...s3 }) => ({
    ...s3,
    ...(endpoint !== undefined && endpoint !== "" && { endpoint }),
  }));

/**
 * Where objects go, and how.
 *
 * A Go caller without `omitempty` sends "" for what is not set (an option also null or 0), so that counts as absent in
 * every optional field.
 */
export const s3DestinationSchema = z.preprocess(
  (given: z.input<typeof s3Fields>): unknown => dropUnsetOptions(given),
  s3Fields,
);

function dropUnsetOptions(given: unknown): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  const fields = Object.entries(given).filter(([name, value]) => !isUnsetOption(name, value));
  return Object.fromEntries(fields);
}

function isUnsetOption(name: string, value: unknown): boolean {
  return Object.hasOwn(s3Options, name) && (value === "" || value === null || value === 0);
}

function isHttpUrl(text: string): boolean {
  // The URL parser repairs what it can ("http:host", line breaks); what is repaired was not meant.
  return /^https?:\/\/[^\s\p{Cc}]+$/iu.test(text) && URL.canParse(text);
}

function isCertificateBundle(text: string): boolean {
  return /-----BEGIN CERTIFICATE-----\s/.test(text) && !text.includes("PRIVATE KEY");
}

// One rule for the whole: an issue of a single tag would repeat its key in the message, whatever that holds.
function isTagSet(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const tags = Object.entries(value);
  return (
    tags.length <= maxTags &&
    tags.every(
      ([key, text]) =>
        /^\P{Cc}{1,128}$/u.test(key) && typeof text === "string" && /^\P{Cc}{0,256}$/u.test(text),
    )
  );
}
