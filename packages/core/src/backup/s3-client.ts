import { Agent as HttpsAgent } from "node:https";
import { S3Client } from "@aws-sdk/client-s3";
import type { S3Credentials } from "./credentials.ts";
import { chooseChecksumMode, type S3Store } from "./s3-destination.ts";

/** How patient a client is with a store. */
export interface S3Patience {
  readonly connectTimeoutMs: number;
  /** Without a byte in either direction, the wait for an answer included. */
  readonly idleTimeoutMs: number;
  /** How often a request is sent at the most, while what fails is worth a repetition. */
  readonly maxAttempts: number;
}

/** How an S3 client is set up. */
export interface S3ClientOptions extends S3Patience {
  readonly store: S3Store;
  /** Unset: the SDK's default chain. */
  readonly credentials: S3Credentials | undefined;
}

const sdkChecksum = { "when-supported": "WHEN_SUPPORTED", "when-required": "WHEN_REQUIRED" } as const;

/** Creates an S3 client. Whoever creates it calls `destroy()`, which closes its connections. */
export function createS3Client(options: S3ClientOptions): S3Client {
  const { store, credentials, connectTimeoutMs, idleTimeoutMs, maxAttempts } = options;
  const { endpoint, region, forcePathStyle = endpoint !== undefined, caBundle } = store;
  const checksum = sdkChecksum[chooseChecksumMode(store)];
  return new S3Client({
    region,
    forcePathStyle,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    requestChecksumCalculation: checksum,
    responseChecksumValidation: checksum,
    maxAttempts,
    // With it every part opens a connection of its own, and waits six seconds for stores that ignore it.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      socketTimeout: idleTimeoutMs,
      ...(caBundle !== undefined && { httpsAgent: new HttpsAgent({ keepAlive: true, ca: caBundle }) }),
    },
  });
}
