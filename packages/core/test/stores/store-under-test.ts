import { readFile } from "node:fs/promises";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { type ObjectStore, startObjectStore, startSigningObjectStore } from "@redis-operator/testbed";
import { createS3Client } from "../../src/backup/s3-client.ts";
import type { S3Destination } from "../../src/backup/s3-destination.ts";
import { httpStatus } from "../../src/backup/upload-error.ts";

/** The S3 store that backups are tested with, and a look at what they left there. */
export interface StoreUnderTest extends AsyncDisposable {
  /** With a path that no other test uses. */
  readonly destination: S3Destination & { readonly endpoint: string };
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Every key under the path, without it. */
  listKeys(): Promise<readonly string[]>;
  /** Whether nothing is under the path, an unfinished multipart upload included. */
  isEmpty(): Promise<boolean>;
  readObject(key: string): Promise<Buffer>;
  /** Size and content type, as HEAD answers. */
  readHead(key: string): Promise<{ readonly sizeBytes: number; readonly contentType: string }>;
  /** Stores an object under the path. */
  writeObject(name: string, text: string): Promise<void>;
}

/** The variables that name a store to test with. Unset: the embedded one. */
export const { TEST_S3_ENDPOINT: givenEndpoint } = process.env;

/** Opens the store, and its bucket: creates that if it isn't there. What is under the path is deleted in the end. */
export async function openStoreUnderTest(): Promise<StoreUnderTest> {
  const embedded = givenEndpoint === undefined ? await startObjectStore({ buckets: ["backups"] }) : undefined;
  const { credentials, ...store } =
    embedded === undefined ? await readGivenStore() : nameEmbeddedStore(embedded);
  const { bucket } = store;
  const path = `conformance/${crypto.randomUUID()}`;
  const destination = { ...store, path };
  const client = createS3Client({
    store: destination,
    credentials,
    connectTimeoutMs: 10_000,
    idleTimeoutMs: 30_000,
    maxAttempts: 3,
  });
  const place = { client, bucket, prefix: `${path}/` };
  await createMissingBucket(place);

  return {
    destination,
    credentials,
    async listKeys() {
      return (await listKeys(place)).map((key) => key.slice(place.prefix.length));
    },
    async isEmpty() {
      if ((await listKeys(place)).length > 0) return false;
      // The embedded store lists no uploads.
      return embedded === undefined ? (await countUploads(place)) === 0 : await embedded.isEmpty(bucket);
    },
    async readObject(key) {
      const { Body: body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return Buffer.from((await body?.transformToByteArray()) ?? []);
    },
    async readHead(key) {
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return { sizeBytes: head.ContentLength ?? Number.NaN, contentType: head.ContentType ?? "" };
    },
    async writeObject(name, text) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${path}/${name}`, Body: text }));
    },
    async [Symbol.asyncDispose]() {
      for (const key of await listKeys(place)) {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
      }
      client.destroy();
      await embedded?.[Symbol.asyncDispose]();
    },
  };
}

/** Opens a store that refuses a wrong signature: the embedded one takes any, so another stands in for it. */
export async function openStoreThatChecksSignatures(): Promise<
  Pick<StoreUnderTest, "destination" | "credentials"> & AsyncDisposable
> {
  if (givenEndpoint !== undefined) return await openStoreUnderTest();
  const store = await startSigningObjectStore({ buckets: ["backups"] });
  const { endpoint, credentials } = store;
  return {
    destination: { endpoint, region: "us-east-1", bucket: "backups", path: "conformance" },
    credentials,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

interface Place {
  readonly client: S3Client;
  readonly bucket: string;
  readonly prefix: string;
}

function nameEmbeddedStore({ endpoint, credentials }: ObjectStore) {
  return { endpoint, credentials, region: "us-east-1", bucket: "backups" };
}

async function readGivenStore() {
  const { TEST_S3_CA_FILE: caFile } = process.env;
  return {
    endpoint: requireVariable("TEST_S3_ENDPOINT"),
    region: requireVariable("TEST_S3_REGION"),
    bucket: requireVariable("TEST_S3_BUCKET"),
    ...(caFile !== undefined && { caBundle: await readFile(caFile, "utf8") }),
    credentials: {
      accessKeyId: requireVariable("TEST_S3_ACCESS_KEY_ID"),
      secretAccessKey: requireVariable("TEST_S3_SECRET_ACCESS_KEY"),
    },
  };
}

function requireVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`TEST_S3_ENDPOINT is set, and ${name} is not`);
  return value;
}

async function createMissingBucket({ client, bucket }: Place): Promise<void> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (httpStatus(error) !== 404) throw error;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  }
}

async function listKeys({ client, bucket, prefix }: Place): Promise<readonly string[]> {
  const { Contents: objects = [] } = await client.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }),
  );
  return objects.flatMap(({ Key: key }) => (key === undefined ? [] : [key]));
}

async function countUploads({ client, bucket, prefix }: Place): Promise<number> {
  const { Uploads: uploads = [] } = await client.send(
    new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }),
  );
  return uploads.length;
}
