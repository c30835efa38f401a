import { buildApp } from "fauxqs";

/** An S3 store of a test's own. */
export interface ObjectStore extends AsyncDisposable {
  /** URL for path-style requests. */
  readonly endpoint: string;
  readonly port: number;
  /** A key pair that it accepts. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** @throws Error if there is no such object. */
  readObject(bucket: string, key: string): Promise<Buffer>;
  /** How many parts an object was uploaded in; `undefined` if it came in one request. */
  countParts(bucket: string, key: string): Promise<number | undefined>;
  /** Whether a bucket holds neither an object nor an unfinished multipart upload. */
  isEmpty(bucket: string): Promise<boolean>;
  stop(): Promise<void>;
}

/** Starts an S3 store on loopback that holds objects in memory and checks no signature. */
export async function startObjectStore(options: {
  readonly buckets: readonly string[];
}): Promise<ObjectStore> {
  const app = buildApp({ logger: false });
  const endpoint = await app.listen({ host: "127.0.0.1", port: 0 });

  async function createBucket(bucket: string): Promise<void> {
    const response = await fetch(`${endpoint}/${bucket}`, { method: "PUT" });
    if (!response.ok) throw new Error(`creating bucket ${bucket} failed: HTTP ${response.status}`);
  }

  async function request(method: "GET" | "HEAD", path: string): Promise<Response> {
    const response = await fetch(`${endpoint}/${path}`, { method });
    if (!response.ok) throw new Error(`${method} ${path} failed: HTTP ${response.status}`);
    return response;
  }

  async function stop() {
    app.server.closeAllConnections();
    await app.close();
  }

  for (const bucket of options.buckets) await createBucket(bucket);
  return {
    endpoint,
    port: Number(new URL(endpoint).port),
    credentials: { accessKeyId: "test-key-id", secretAccessKey: "test-secret" },
    async readObject(bucket, key) {
      const response = await request("GET", `${bucket}/${key}`);
      return Buffer.from(await response.arrayBuffer());
    },
    async countParts(bucket, key) {
      const response = await request("HEAD", `${bucket}/${key}`);
      // The ETag of a multipart object ends in the number of its parts.
      const parts = /-(\d+)"?$/.exec(response.headers.get("etag") ?? "")?.[1];
      return parts === undefined ? undefined : Number(parts);
    },
    async isEmpty(bucket) {
      // The store lists no uploads, but refuses to delete a bucket that holds an object or an unfinished upload.
      const response = await fetch(`${endpoint}/${bucket}`, { method: "DELETE" });
      if (response.status === 409) return false;
      if (!response.ok) throw new Error(`deleting bucket ${bucket} failed: HTTP ${response.status}`);
      await createBucket(bucket);
      return true;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
