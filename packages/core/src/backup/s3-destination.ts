/** How an object is encrypted by the store. */
export interface ServerSideEncryption {
  readonly algorithm: "AES256" | "aws:kms";
  /** Unset: the bucket's or the account's default key. */
  readonly kmsKeyId?: string | undefined;
}

/** Whether requests carry a checksum wherever the store's API knows one, or only where it demands one. */
export type ChecksumMode = "when-supported" | "when-required";

/** An S3 store and how it wants to be spoken to. */
export interface S3Store {
  /** URL of an S3-compatible store; AWS itself when unset. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  /** Whether the bucket stands in the path and not in the host name; unset: with an endpoint it does. */
  readonly forcePathStyle?: boolean | undefined;
  /** Unset: `when-supported` for AWS, `when-required` with an endpoint. */
  readonly checksum?: ChecksumMode | undefined;
  /** Certificates in PEM that are trusted in place of the well-known ones. */
  readonly caBundle?: string | undefined;
}

/** Where objects go, and what they are given there. */
export interface S3Destination extends S3Store {
  readonly bucket: string;
  /** Key prefix; slashes around it are dropped, empty means none. */
  readonly path: string;
  /** Unset: as the bucket's defaults say. */
  readonly serverSideEncryption?: ServerSideEncryption | undefined;
  readonly storageClass?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Size of a part of a multipart upload in MiB; grows where the store's limit of 10,000 parts demands it. */
  readonly partSizeMiB?: number | undefined;
  /** How many parts are sent at once. */
  readonly concurrency?: number | undefined;
}

/** Stores other than AWS reject what they don't know, or keep a checksum's trailer as content. */
export function chooseChecksumMode({ endpoint, checksum }: S3Store): ChecksumMode {
  return checksum ?? (endpoint === undefined ? "when-supported" : "when-required");
}

/** The host that requests to a store go to, for messages; credentials in its URL stay out of it. */
export function describeStore({ endpoint, region }: S3Store): string {
  if (endpoint === undefined) return `S3 in ${region}`;
  return URL.parse(endpoint)?.host ?? "an endpoint that is no URL";
}
