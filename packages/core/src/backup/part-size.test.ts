import { describe, expect, it } from "vitest";
import { choosePartSize } from "./part-size.ts";

const mebibyte = 1024 ** 2;
const tebibyte = 1024 ** 4;

describe("choosePartSize", () => {
  it.each([
    [0, 8],
    [5 * mebibyte, 8],
    [10_000 * 8 * mebibyte, 8],
    [10_000 * 8 * mebibyte + 1, 9],
    [5 * tebibyte, 525],
  ])("cuts at most %i bytes into parts of %i MiB, 10,000 at the most", (maxSizeBytes, partSizeMebibytes) => {
    const partSizeBytes = choosePartSize(maxSizeBytes);
    expect(partSizeBytes / mebibyte).toBe(partSizeMebibytes);
    expect(Math.ceil(maxSizeBytes / partSizeBytes)).toBeLessThanOrEqual(10_000);
  });
});
