const mebibyte = 1024 * 1024;
// S3's limit for one multipart upload.
const maxParts = 10_000;
// Above S3's least of 5 MiB: fewer requests, and a few such parts in memory still cost little.
const defaultPartSizeMiB = 8;

/**
 * Chooses the size of the parts of a multipart upload, in bytes, so that an object of at most `maxSizeBytes` fits into
 * the number of parts that S3 allows.
 *
 * @param wantedMiB - Used unless that would need more parts.
 */
export function choosePartSize(maxSizeBytes: number, wantedMiB = defaultPartSizeMiB): number {
  const neededMiB = Math.ceil(maxSizeBytes / maxParts / mebibyte);
  return Math.max(wantedMiB, neededMiB) * mebibyte;
}

// Two are sent while the third is filled: that hides the pauses between requests.
const defaultConcurrency = 3;
// Each part under way is held in memory, which the pod shares with Redis.
const maxPartsInMemoryBytes = 512 * mebibyte;

/** Chooses how many parts are sent at once: fewer where parts had to grow, at the least one. */
export function chooseConcurrency(partSizeBytes: number, wanted = defaultConcurrency): number {
  return Math.max(1, Math.min(wanted, Math.floor(maxPartsInMemoryBytes / partSizeBytes)));
}
