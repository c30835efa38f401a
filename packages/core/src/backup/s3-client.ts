import { S3Client } from "@aws-sdk/client-s3";
import type { S3Credentials } from "./credentials.ts";

/** Where an object goes. */
export interface S3Destination {
  readonly bucket: string;
  /** Key prefix; slashes around it are dropped, empty means none. */
  readonly path: string;
  /** URL of an S3-compatible store; AWS itself when unset. */
  readonly endpoint?: string | undefined;
  readonly region: string;
}

/** How long a store may be silent. */
export interface S3Timeouts {
  readonly connectTimeoutMs: number;
  /** Without a byte in either direction, the wait for an answer included. */
  readonly idleTimeoutMs: number;
}

/** How an S3 client is set up for one upload. */
export interface S3ClientOptions extends S3Timeouts {
  readonly destination: S3Destination;
  /** Unset: the SDK's default chain. */
  readonly credentials: S3Credentials | undefined;
  /** Cuts the parts under way. */
  readonly signal: AbortSignal;
}

/**
 * Creates an S3 client whose part uploads end with `signal`.
 *
 * All other requests run to their end: cutting the one that creates or completes an upload would leave it open what
 * the store holds.
 */
export function createS3Client(options: S3ClientOptions): S3Client {
  const { destination, credentials, connectTimeoutMs, idleTimeoutMs, signal } = options;
  const { endpoint, region } = destination;
  // Stores other than AWS reject what they don't know, or keep a checksum's trailer as content.
  const checksums = endpoint === undefined ? "WHEN_SUPPORTED" : "WHEN_REQUIRED";
  const client = new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(credentials !== undefined && { credentials }),
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    // With it every part opens a connection of its own, and waits six seconds for stores that ignore it.
    expectContinueHeader: false,
    requestHandler: { connectionTimeout: connectTimeoutMs, socketTimeout: idleTimeoutMs },
  });
  const { requestHandler } = client.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, handlerOptions) =>
    await handle(
      request,
      "partNumber" in request.query ? { ...handlerOptions, abortSignal: signal } : handlerOptions,
    );
  return client;
}

/** The host that requests for a destination go to, for messages; credentials in its URL stay out of it. */
export function describeStore({ endpoint, region }: S3Destination): string {
  if (endpoint === undefined) return `S3 in ${region}`;
  return URL.parse(endpoint)?.host ?? "an endpoint that is no URL";
}
