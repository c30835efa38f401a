import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compress = promisify(gzip);

const blockSizeBytes = 1024 * 1024;
// Half of libuv's default pool of four threads, so that file reads and name lookups need not queue behind us.
const maxBlocksInFlight = 2;
// Most of an append-only directory is its base file, which Redis has compressed already: more effort gains little.
const level = 1;

/**
 * Compresses a stream to gzip on the thread pool: blocks of 1 to 2 MiB become one gzip member each, in order.
 * Members one after the other are one valid gzip file (RFC 1952, 2.2). An empty source gives one empty member.
 *
 * @see {@link maxGzipSize} for how large the result can become.
 */
export async function* parallelGzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const inFlight: Promise<Buffer>[] = [];
  let members = 0;

  function start(block: Buffer): void {
    const member = compress(block, { level });
    // A member that fails while an earlier one is awaited is reported when its turn comes.
    member.catch(() => undefined);
    inFlight.push(member);
    members += 1;
  }

  for await (const block of gatherBlocks(source)) {
    start(block);
    const oldest = inFlight.length < maxBlocksInFlight ? undefined : inFlight.shift();
    if (oldest !== undefined) yield await oldest;
  }
  if (members === 0) start(Buffer.alloc(0));
  for (const member of inFlight) yield await member;
}

/**
 * The most bytes that {@link parallelGzip} makes of a source: deflate stores what it can't compress, with 5 bytes
 * per 16 KiB at the worst, and a member adds 18.
 */
export function maxGzipSize(sourceBytes: number): number {
  return sourceBytes + Math.ceil(sourceBytes / 1024) + 1024;
}

async function* gatherBlocks(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let chunks: Buffer[] = [];
  let gatheredBytes = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    gatheredBytes += chunk.length;
    if (gatheredBytes < blockSizeBytes) continue;
    yield Buffer.concat(chunks);
    chunks = [];
    gatheredBytes = 0;
  }
  if (gatheredBytes > 0) yield Buffer.concat(chunks);
}
