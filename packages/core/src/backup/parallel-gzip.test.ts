import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type ByteSource, fillFrom } from "./byte-source.ts";
import { maxGzipSize, parallelGzip } from "./parallel-gzip.ts";

/** A source that hands out at most so many bytes at a time. */
function chunked(content: Buffer, chunkSize: number): ByteSource {
  let position = 0;
  return {
    read(target) {
      const copied = content.copy(target, 0, position, position + chunkSize);
      position += copied;
      return Promise.resolve(copied);
    },
  };
}

const mebibyte = 1024 * 1024;

async function compress(source: ByteSource, size: number): Promise<Buffer> {
  const target = Buffer.alloc(maxGzipSize(size) + 1);
  return target.subarray(0, await fillFrom(parallelGzip(source), target));
}

describe("parallelGzip", () => {
  it.each([
    ["nothing", 0, 1],
    ["one byte", 1, 1],
    ["less than a block", mebibyte - 1, 512],
    ["exactly a block", mebibyte, 65_536],
    ["exactly as many blocks as are in flight", 3 * mebibyte, mebibyte],
    ["many blocks in order", 9 * mebibyte + 17, 1_000_003],
    ["chunks larger than a block", 5 * mebibyte, 2 * mebibyte],
  ])("gives a valid gzip of %s, within the size foretold", async (_what, size, chunkSize) => {
    const content = randomBytes(size);
    const compressed = await compress(chunked(content, chunkSize), size);
    expect(gunzipSync(compressed).equals(content)).toBe(true);
    expect(compressed.length).toBeLessThanOrEqual(maxGzipSize(size));
  });

  it("compresses what can be", async () => {
    const compressed = await compress(chunked(Buffer.alloc(2 * mebibyte), mebibyte), 2 * mebibyte);
    expect(compressed.length).toBeLessThan(mebibyte / 10);
  });

  it("reads its source no further than the blocks that it compresses at once", async () => {
    let taken = 0;
    const endless: ByteSource = {
      read(target) {
        taken += target.length;
        return Promise.resolve(target.length);
      },
    };
    await parallelGzip(endless).read(Buffer.alloc(1));
    expect(taken).toBe(3 * mebibyte);
  });

  it("passes on the error of its source", async () => {
    const broken: ByteSource = { read: () => Promise.reject(new Error("the disk is gone")) };
    await expect(parallelGzip(broken).read(Buffer.alloc(1))).rejects.toThrow("the disk is gone");
  });
});
