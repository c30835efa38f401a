import { createHash } from "node:crypto";
import type { ByteSource } from "./byte-source.ts";

/** What was read of an artifact. */
export interface Measurement {
  readonly sizeBytes: number;
  /** Of exactly those bytes, as lower-case hex. */
  readonly checksumSha256: string;
}

/** Cuts an artifact into parts, counted and hashed on the way. */
export interface PartReader extends AsyncDisposable {
  /**
   * Reads the next part into a buffer of {@link allocatePart}. Not to be called again before that has settled.
   *
   * @returns What of the buffer it fills: all of it but for the last part, and nothing after that.
   */
  read(buffer: Buffer): Promise<Buffer>;
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
      return buffer.subarray(0, filled);
    },
    finish: () => Promise.resolve({ sizeBytes, checksumSha256: hash.digest("hex") }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
