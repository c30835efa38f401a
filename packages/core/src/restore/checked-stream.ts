import { createHash } from "node:crypto";
import { InstanceError } from "../errors.ts";

/** What the bytes of a stream must be. */
export interface ExpectedContent {
  readonly sizeBytes: number;
  /** As lower-case hex. */
  readonly checksumSha256: string;
}

/**
 * Passes a stream on and ends well only if it was what is expected: whoever waits for the end of what it writes knows then
 * that it may be used.
 *
 * @param options.onReceived - Is told after each chunk how many bytes there were so far.
 * @throws InstanceError `RESTORE_ARTIFACT_INVALID` at the first byte too many, or at the end.
 */
export async function* checkContent(
  source: AsyncIterable<Buffer>,
  options: { readonly expected: ExpectedContent; readonly onReceived: (receivedBytes: number) => void },
): AsyncGenerator<Buffer, void, undefined> {
  const { expected, onReceived } = options;
  const hash = createHash("sha256");
  let receivedBytes = 0;
  for await (const chunk of source) {
    receivedBytes += chunk.length;
    if (receivedBytes > expected.sizeBytes) break;
    hash.update(chunk);
    onReceived(receivedBytes);
    yield chunk;
  }
  if (receivedBytes !== expected.sizeBytes) {
    const found = receivedBytes > expected.sizeBytes ? "more" : `only ${receivedBytes}`;
    throw invalid(`it has ${found} bytes, its metadata says ${expected.sizeBytes}`);
  }
  const checksum = hash.digest("hex");
  if (checksum !== expected.checksumSha256) {
    throw invalid(`its SHA-256 is ${checksum}, its metadata says ${expected.checksumSha256}`);
  }
}

function invalid(why: string): InstanceError {
  return new InstanceError("RESTORE_ARTIFACT_INVALID", `checking what was downloaded failed: ${why}`);
}
