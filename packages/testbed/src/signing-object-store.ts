// oxlint-disable-next-line typescript/triple-slash-reference -- an ambient declaration cannot be imported
/// <reference path="./s3rver.d.ts" />
import S3rver from "@20minutes/s3rver";
import { createTemporaryDirectory } from "./temporary-directory.ts";

/** An S3 store that checks signatures. */
export interface SigningObjectStore extends AsyncDisposable {
  /** URL for path-style requests. */
  readonly endpoint: string;
  /** The only key pair that it accepts. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Starts an S3 store on loopback that refuses requests whose signature is wrong. */
export async function startSigningObjectStore(options: {
  readonly buckets: readonly string[];
}): Promise<SigningObjectStore> {
  const directory = await createTemporaryDirectory("object-store");
  const server = new S3rver({
    address: "127.0.0.1",
    port: 0,
    silent: true,
    vhostBuckets: false,
    directory: directory.path,
    configureBuckets: options.buckets.map((name) => ({ name })),
  });
  const { port } = await server.run();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" },
    async [Symbol.asyncDispose]() {
      server.httpServer.closeAllConnections();
      await server.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
