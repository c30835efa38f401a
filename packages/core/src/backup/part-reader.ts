import { createHash } from "node:crypto";
import type { ByteSource } from "./byte-source.ts";

/** What was read of an artifact. */
export interface Measurement {
  readonly sizeBytes: number;
  /** Of exactly those bytes, as lower-case hex. */
  readonly checksumSha256: string;
}

/** A part of an artifact. */
export interface Part {
  /** What of the reader's buffer it fills: all of it but for the last part, and nothing after that. */
  readonly body: Buffer;
  /** Of the body, where that was asked for. */
  readonly checksumSha256?: string | undefined;
}

/** Cuts an artifact into parts, counted and hashed on the way. */
export interface PartReader extends AsyncDisposable {
  /** Reads the next part into a buffer of {@link allocatePart}. Not to be called again before that has settled. */
  read(buffer: Buffer): Promise<Part>;
  /** To be called once, when all has been read. */
  finish(): Promise<Measurement>;
}

/** Makes a buffer for parts that threads can share. */
export function allocatePart(sizeBytes: number): Buffer {
  return Buffer.from(new SharedArrayBuffer(sizeBytes));
}

// Hashed as soon as it was read, while the processor's cache still holds it.
const pieceSizeBytes = 256 * 1024;

/** Creates a reader of any source. */
export function createPartReader(source: ByteSource): PartReader {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  return {
    async read(buffer) {
      let filled = 0;
      while (filled < buffer.length) {
        const bytesRead = await source.read(buffer.subarray(filled, filled + pieceSizeBytes));
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(filled, filled + bytesRead));
        filled += bytesRead;
      }
      sizeBytes += filled;
      return { body: buffer.subarray(0, filled) };
    },
    finish: () => Promise.resolve({ sizeBytes, checksumSha256: hash.digest("hex") }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
