import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { maxGzipSize, parallelGzip } from "./parallel-gzip.ts";

async function* chunked(content: Buffer, chunkSize: number) {
  for (let start = 0; start < content.length; start += chunkSize) {
    yield content.subarray(start, start + chunkSize);
  }
}

async function gather(source: AsyncIterable<Buffer>) {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const mebibyte = 1024 * 1024;

async function* failing() {
  yield Buffer.alloc(3 * mebibyte);
  throw new Error("the disk is gone");
}

describe("parallelGzip", () => {
  it.each([
    ["nothing", 0, 1],
    ["one byte", 1, 1],
    ["less than a block", mebibyte - 1, 512],
    ["exactly a block", mebibyte, 65_536],
    ["many blocks in order", 9 * mebibyte + 17, 1_000_003],
    ["chunks larger than a block", 5 * mebibyte, 2 * mebibyte],
  ])("gives a valid gzip of %s, within the size foretold", async (_what, size, chunkSize) => {
    const content = randomBytes(size);
    const compressed = await gather(parallelGzip(chunked(content, chunkSize)));
    expect(gunzipSync(compressed).equals(content)).toBe(true);
    expect(compressed.length).toBeLessThanOrEqual(maxGzipSize(size));
  });

  it("ends its source when the reader stops early", async () => {
    let ended = false;
    async function* endless() {
      try {
        for (;;) yield Buffer.alloc(mebibyte);
      } finally {
        ended = true;
      }
    }
    for await (const member of parallelGzip(endless())) {
      expect(member.length).toBeGreaterThan(0);
      break;
    }
    expect(ended).toBe(true);
  });

  it("passes on the error of its source", async () => {
    await expect(gather(parallelGzip(failing()))).rejects.toThrow("the disk is gone");
  });
});
