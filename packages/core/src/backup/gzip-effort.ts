import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";

const compress = promisify(gzip);

/** What makes zlib compress a block as it deserves. */
export type GzipEffort = (typeof efforts)[keyof typeof efforts];

const efforts = {
  /** Looks for repetitions: Redis' commands, small values in an RDB file. */
  repetitions: { level: 1 },
  /** Only gives frequent bytes short codes, at twice the speed: what LZF has taken the repetitions out of already. */
  frequencies: { level: 1, strategy: constants.Z_HUFFMAN_ONLY },
  /** Compresses nothing, at ten times the speed: what is compressed or encrypted already. */
  none: { level: 0 },
} as const;

// From several places, because neighbouring values can differ in kind; each long enough to hold repetitions.
const samples = 4;
const sampleSizeBytes = 8 * 1024;
// Below this, trying costs more than it can save.
const leastBlockSizeBytes = 8 * samples * sampleSizeBytes;

// What a smaller object is worth, in time: gzip is what bounds the speed of an archive.
const worthSearching = 0.9;
const worthCoding = 0.97;

/** Finds out from samples what a block gains from which effort. */
export async function chooseGzipEffort(block: Buffer): Promise<GzipEffort> {
  if (block.length < leastBlockSizeBytes) return efforts.repetitions;
  const sample = takeSample(block);
  const [searched, coded] = await Promise.all([
    compress(sample, efforts.repetitions),
    compress(sample, efforts.frequencies),
  ]);
  if (searched.length < coded.length * worthSearching) return efforts.repetitions;
  return coded.length < sample.length * worthCoding ? efforts.frequencies : efforts.none;
}

function takeSample(block: Buffer): Buffer {
  const distance = Math.floor(block.length / samples);
  const starts = Array.from({ length: samples }, (_unused, index) => index * distance);
  return Buffer.concat(starts.map((start) => block.subarray(start, start + sampleSizeBytes)));
}
