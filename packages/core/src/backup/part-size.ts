const mebibyte = 1024 * 1024;
// S3's limit for one multipart upload.
const maxParts = 10_000;
// Above S3's least of 5 MiB: fewer requests, and a few such parts in memory still cost little.
const minPartSizeBytes = 8 * mebibyte;

/**
 * Chooses the size of the parts of a multipart upload, in whole MiB, so that an object of at most `maxSizeBytes`
 * fits into the number of parts that S3 allows.
 */
export function choosePartSize(maxSizeBytes: number): number {
  const neededMebibytes = Math.ceil(maxSizeBytes / maxParts / mebibyte);
  return Math.max(minPartSizeBytes, neededMebibytes * mebibyte);
}
