import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type ByteSource, fillFrom } from "./byte-source.ts";
import { chooseGzipEffort } from "./gzip-effort.ts";

const compress = promisify(gzip);

const blockSizeBytes = 1024 * 1024;
// One more than a small machine has cores, and one less than libuv's pool has threads, so that file reads and name
// lookups need not queue behind us.
const maxBlocksInFlight = 3;

/**
 * Compresses a source to gzip on the thread pool: blocks of 1 MiB become one gzip member each, in order. Members one
 * after the other are one valid gzip file (RFC 1952, 2.2). An empty source gives one empty member.
 *
 * @see {@link maxGzipSize} for how large the result can become.
 */
export function parallelGzip(source: ByteSource): ByteSource {
  const inFlight: Promise<Buffer>[] = [];
  const idleBlocks = Array.from({ length: maxBlocksInFlight }, () => Buffer.allocUnsafeSlow(blockSizeBytes));
  let isEmpty = true;
  let hasEnded = false;
  let member: Buffer = Buffer.alloc(0);

  async function startNext(block: Buffer<ArrayBuffer>): Promise<void> {
    const length = await fillFrom(source, block);
    hasEnded = length < blockSizeBytes;
    if (length === 0 && !isEmpty) return;
    isEmpty = false;
    const compressed = compressBlock(block.subarray(0, length));
    // A member that fails while an earlier one is awaited is reported when its turn comes.
    compressed.catch(() => undefined);
    inFlight.push(compressed.finally(() => idleBlocks.push(block)));
  }

  return {
    async read(target) {
      while (member.length === 0) {
        while (!hasEnded) {
          const block = idleBlocks.pop();
          if (block === undefined) break;
          await startNext(block);
        }
        const next = inFlight.shift();
        if (next === undefined) return 0;
        member = await next;
      }
      const copied = member.copy(target);
      member = member.subarray(copied);
      return copied;
    },
  };
}

async function compressBlock(block: Buffer): Promise<Buffer> {
  return await compress(block, {
    ...(await chooseGzipEffort(block)),
    chunkSize: maxMemberSize(block.length),
  });
}

/** The most bytes that {@link parallelGzip} makes of a source. */
export function maxGzipSize(sourceBytes: number): number {
  const wholeBlocks = Math.floor(sourceBytes / blockSizeBytes);
  return wholeBlocks * maxMemberSize(blockSizeBytes) + maxMemberSize(sourceBytes % blockSizeBytes);
}

// Deflate stores what it can't compress, with 5 bytes per 16 KiB at the worst, and a member adds 18. zlib needs a chunk
// of 64 bytes at least.
function maxMemberSize(bytes: number): number {
  return bytes + 5 * Math.ceil(bytes / (16 * 1024)) + 64;
}
