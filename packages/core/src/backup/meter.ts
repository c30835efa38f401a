import { createHash } from "node:crypto";

/** What passed through a {@link Meter}. */
export interface Measurement {
  readonly sizeBytes: number;
  /** Of exactly those bytes, as lower-case hex. */
  readonly checksumSha256: string;
}

/** Counts and hashes the chunks of one stream on their way. */
export interface Meter {
  /** Passes every chunk on; stops with the reason of the signal. */
  measure(source: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined>;
  /** To be called once, after the stream has ended. */
  finish(): Measurement;
}

/** Creates a meter for one stream. */
export function createMeter(): Meter {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  return {
    async *measure(source, signal) {
      for await (const chunk of source) {
        signal.throwIfAborted();
        hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    },
    finish: () => ({ sizeBytes, checksumSha256: hash.digest("hex") }),
  };
}
