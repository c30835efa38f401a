import { describe, expect, it } from "vitest";
import { parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  it.each([
    ["5s", 5_000],
    ["1m30s", 90_000],
    ["1m0s", 60_000],
    ["500ms", 500],
    ["1h", 3_600_000],
    ["1h0m0s", 3_600_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["1.s", 1_000],
    ["1s1s", 2_000],
    ["30s2m", 150_000],
    ["0.3s", 300],
    ["1.001s", 1_001],
    ["4.35s", 4_350],
    ["1.0005s", 1_000],
    ["1000us", 1],
    ["1000µs", 1],
    ["1000μs", 1],
    ["1000000ns", 1],
    ["1500us", 1],
    ["0h5s", 5_000],
    ["007s", 7_000],
    ["576h", 2_073_600_000],
  ])("reads %s as %i ms", (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  it.each([
    "",
    " ",
    "5",
    "s",
    ".s",
    "5S",
    "5 s",
    " 5s",
    "5s ",
    "5s\n",
    "5d",
    "1m30",
    "1,5s",
    "-5s",
    "+5s",
    "1e3s",
    "0x5s",
    "٥s",
    "5s garbage",
    "Infinity",
  ])("refuses %j, naming it", (text) => {
    expect(() => parseDuration(text)).toThrow(
      new SyntaxError(`expected a duration such as 5s, 1m30s or 500ms, not ${JSON.stringify(text)}`),
    );
  });

  it.each(["0s", "0h0m", "999us", "597h", "99999999999999999999h"])(
    "refuses %s, which can't be a timeout",
    (text) => {
      expect(() => parseDuration(text)).toThrow(
        new SyntaxError(`expected a duration from 1ms to 24 days, not ${text}`),
      );
    },
  );
});
