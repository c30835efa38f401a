import { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import type { S3Store } from "./s3-destination.ts";

// TLS encrypts what it is given as a whole before it sends a byte of it: a part in one piece would be in memory twice.
const pieceSizeBytes = 1024 * 1024;

/** Tells whether TLS protects what is sent to a store. */
export function isHttps({ endpoint }: S3Store): boolean {
  return endpoint === undefined || URL.parse(endpoint)?.protocol === "https:";
}

/**
 * Sends the bodies that are Buffers as TLS wants them: left out of the signatures, which saves a second SHA-256 of every
 * byte, and in pieces, which saves a copy in memory. Only for a client that speaks https.
 */
export function adaptPayloadToHttps(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      if (isRequestOfBuffer(request)) request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
      return await next(args);
    },
    { step: "build", name: "leavePayloadUnsigned" },
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      if (!isRequestOfBuffer(request)) return await next(args);
      const body = Readable.from(cutIntoPieces(request.body), { objectMode: false });
      // Another attempt cuts it anew: the request itself keeps the Buffer.
      return await next({ ...args, request: { ...request, body } });
    },
    { step: "deserialize", priority: "low", name: "sendPayloadInPieces" },
  );
}

function* cutIntoPieces(body: Buffer): Generator<Buffer> {
  for (let start = 0; start < body.length; start += pieceSizeBytes) {
    yield body.subarray(start, start + pieceSizeBytes);
  }
}

function isRequestOfBuffer(
  request: unknown,
): request is { readonly headers: Record<string, string>; readonly body: Buffer } {
  return (
    typeof request === "object" &&
    request !== null &&
    "headers" in request &&
    "body" in request &&
    Buffer.isBuffer(request.body)
  );
}
