import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import type { SinkStore } from "./sink-store.ts";

const run = promisify(execFile);
const mebibyte = 1024 * 1024;

/** What this machine can do at the most, in MB/s: no way of making a backup can be faster. */
export interface Bounds {
  /** SHA-256 of memory, one thread. */
  readonly sha256: number;
  /** gzip -1 of the RDB file's bytes, one thread. */
  readonly gzip: number;
  /** Parts of 8 MiB from one Buffer, two at a time, to the sink. */
  readonly sink: number;
}

/** Measures the bounds. @param options.file - The RDB file, whose first bytes are compressed. */
export async function measureBounds(options: {
  readonly store: SinkStore;
  readonly file: string;
}): Promise<Bounds> {
  const { store, file } = options;
  const sample = await readStart(file, 64 * mebibyte);
  return {
    sha256: hashRate(1024 * mebibyte),
    gzip: compressionRate(sample),
    sink: await sendingRate(store, 2048),
  };
}

function hashRate(bytes: number): number {
  const block = Buffer.alloc(8 * mebibyte, "x");
  return rate(bytes, () => {
    const hash = createHash("sha256");
    for (let hashed = 0; hashed < bytes; hashed += block.length) hash.update(block);
    hash.digest();
  });
}

function compressionRate(sample: Buffer): number {
  return rate(sample.length, () => {
    for (let start = 0; start < sample.length; start += mebibyte) {
      gzipSync(sample.subarray(start, start + mebibyte), { level: 1 });
    }
  });
}

async function sendingRate({ endpoint, bucket, ca }: SinkStore, mebibytes: number): Promise<number> {
  const script = fileURLToPath(new URL("./raw-upload.ts", import.meta.url));
  const { stdout } = await run(process.execPath, [
    script,
    `${endpoint}/${bucket}`,
    String(mebibytes),
    ...(ca === undefined ? [] : [ca.file]),
  ]);
  return Number(stdout);
}

function rate(bytes: number, work: () => void): number {
  const startedAt = performance.now();
  work();
  return bytes / 1e3 / (performance.now() - startedAt);
}

async function readStart(path: string, bytes: number): Promise<Buffer> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
  return buffer.subarray(0, bytesRead);
}
