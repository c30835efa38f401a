import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

describe("Retry-After", () => {
  it.each([
    [null, undefined],
    ["0", 0],
    ["120", 120_000],
    ["-1", 0],
    ["soon", undefined],
    ["", undefined],
    ["Wed, 21 Oct 2015 07:28:00 GMT", 0],
  ])("%j is %j ms", (header, expected) => {
    expect(parseRetryAfter(header)).toBe(expected);
  });

  it("can be a date to come", () => {
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    expect(parseRetryAfter(inAnHour)).toBeGreaterThan(0);
  });
});
