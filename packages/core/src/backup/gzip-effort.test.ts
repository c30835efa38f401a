import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { chooseGzipEffort } from "./gzip-effort.ts";

const sizeBytes = 1024 * 1024;

/** Bytes that make a block of some kind. */
const kinds = {
  commands: Buffer.from(
    Array.from(
      { length: 40_000 },
      (_unused, index) => `*3\r\n$3\r\nSET\r\n$${index}\r\nuser:${index}\r\n`,
    ).join(""),
  ),
  // Each byte is one of 64, without any order: as text is that holds no repetition any more.
  letters: Buffer.from(randomBytes(sizeBytes)).map((byte) => byte & 0x3f),
  noise: randomBytes(sizeBytes),
};

async function compressedShare(block: Buffer): Promise<number> {
  return gzipSync(block, await chooseGzipEffort(block)).length / block.length;
}

describe("chooseGzipEffort", () => {
  it("looks for repetitions where there are some", async () => {
    const block = kinds.commands.subarray(0, sizeBytes);
    expect(await chooseGzipEffort(block)).toEqual({ level: 1 });
    expect(await compressedShare(block)).toBeLessThan(0.3);
  });

  it("codes frequent bytes shortly where nothing is repeated", async () => {
    const block = Buffer.from(kinds.letters);
    expect(await chooseGzipEffort(block)).toMatchObject({ strategy: expect.any(Number) });
    expect(await compressedShare(block)).toBeLessThan(0.8);
  });

  it("stores noise as it is", async () => {
    expect(await chooseGzipEffort(kinds.noise)).toEqual({ level: 0 });
  });

  it("looks at more than one place of a block", async () => {
    const half = Buffer.concat([
      kinds.noise.subarray(0, sizeBytes / 2),
      kinds.commands.subarray(0, sizeBytes / 2),
    ]);
    expect(await chooseGzipEffort(half)).toEqual({ level: 1 });
  });

  it("tries nothing on what is small", async () => {
    expect(await chooseGzipEffort(kinds.noise.subarray(0, 100_000))).toEqual({ level: 1 });
    expect(await chooseGzipEffort(Buffer.alloc(0))).toEqual({ level: 1 });
  });
});
