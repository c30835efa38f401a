import type { S3Client, UploadPartCommand } from "@aws-sdk/client-s3";
import type { S3Store } from "./s3-destination.ts";

const header = "x-amz-content-sha256";

/** Tells whether TLS protects what is sent to a store. */
export function isHttps({ endpoint }: S3Store): boolean {
  return endpoint === undefined || URL.parse(endpoint)?.protocol === "https:";
}

/**
 * Has the bodies that are Buffers left out of the signatures of a client's requests, which saves a second SHA-256 of every
 * byte. Only for a client that speaks https.
 */
export function leavePayloadUnsigned(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      if (isRequest(request) && Buffer.isBuffer(request.body)) request.headers[header] = "UNSIGNED-PAYLOAD";
      return await next(args);
    },
    { step: "build", name: "leavePayloadUnsigned" },
  );
}

/** Has a part signed with a hash of its body that is known already. */
export function signWithHash(command: UploadPartCommand, checksumSha256: string): void {
  command.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      if (isRequest(request)) request.headers[header] = checksumSha256;
      return await next(args);
    },
    { step: "build", name: "signWithHash" },
  );
}

function isRequest(
  request: unknown,
): request is { readonly headers: Record<string, string>; readonly body?: unknown } {
  return typeof request === "object" && request !== null && "headers" in request;
}
