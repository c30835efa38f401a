import { describe, expect, it } from "vitest";
import { parseAge } from "./age.ts";

describe("parseAge", () => {
  it.each([
    ["30d", 2_592_000_000],
    ["720h0m0s", 2_592_000_000],
    ["36h30m", 131_400_000],
    ["1.5h", 5_400_000],
    ["1d12h", 129_600_000],
    ["500ms", 500],
    ["36500d", 3_153_600_000_000],
  ])("reads %j", (text, ageMs) => {
    expect(parseAge(text)).toBe(ageMs);
  });

  it.each([
    "",
    "30",
    "d",
    "-1d",
    "1 d",
    "1D",
    "1w",
    "1e3s",
    "0s",
    "0d0h",
    ".5h",
    "1.h",
    "36501d",
    "9".repeat(400) + "d",
  ])("refuses %j", (text) => {
    expect(parseAge(text)).toBeUndefined();
  });
});
