import { describe, expect, it } from "vitest";
import { chooseConcurrency, choosePartSize } from "./part-size.ts";

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
const tebibyte = 1024 ** 4;

describe("choosePartSize", () => {
  it.each([
    [0, undefined, 8],
    [5 * mebibyte, undefined, 8],
    [50 * gibibyte, undefined, 8],
    [10_000 * 8 * mebibyte, undefined, 8],
    [10_000 * 8 * mebibyte + 1, undefined, 9],
    [tebibyte, undefined, 105],
    [5 * tebibyte, undefined, 525],
    [gibibyte, 64, 64],
    [gibibyte, 5, 5],
    [10_000 * 5 * mebibyte + 1, 5, 6],
    [5 * tebibyte, 64, 525],
  ])(
    "cuts at most %i bytes, wanted in parts of %s MiB, into parts of %i MiB, 10,000 at the most",
    (maxSizeBytes, wantedMiB, partSizeMebibytes) => {
      const partSizeBytes = choosePartSize(maxSizeBytes, wantedMiB);
      expect(partSizeBytes / mebibyte).toBe(partSizeMebibytes);
      expect(Math.ceil(maxSizeBytes / partSizeBytes)).toBeLessThanOrEqual(10_000);
    },
  );
});

describe("chooseConcurrency", () => {
  it.each([
    [8, undefined, 3],
    [8, 16, 16],
    [64, 16, 8],
    [105, undefined, 3],
    [256, 3, 2],
    [525, 3, 1],
  ])("sends of parts of %i MiB, wanted %s at once, %i", (partSizeMiB, wanted, concurrency) => {
    expect(chooseConcurrency(partSizeMiB * mebibyte, wanted)).toBe(concurrency);
  });
});
