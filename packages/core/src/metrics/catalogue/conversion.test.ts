import { describe, expect, it } from "vitest";
import {
  asWritten,
  type Conversion,
  flag,
  fromKibibytes,
  fromMicroseconds,
  fromMilliseconds,
  fromPercent,
} from "./conversion.ts";

describe("a conversion", () => {
  it.each<[string, Conversion, string, string]>([
    ["keeps every digit of a 64-bit number", asWritten, "9223372036854775807", "9223372036854775807"],
    ["keeps a decimal fraction as written", asWritten, "0.013918", "0.013918"],
    ["keeps a negative number that is not -1", asWritten, "-4096", "-4096"],
    ["turns milliseconds into seconds", fromMilliseconds, "9998113", "9998.113"],
    ["turns microseconds into seconds", fromMicroseconds, "586", "0.000586"],
    ["turns kibibytes into bytes", fromKibibytes, "0.04", "40.96"],
    ["turns percent into a ratio", fromPercent, "12.50", "0.125"],
    ["turns percent with its sign into a ratio", fromPercent, "50%", "0.5"],
    ["turns the first word of a flag into 1", flag("up", "down"), "up", "1"],
    ["turns the second word of a flag into 0", flag("up", "down"), "down", "0"],
  ])("%s", (_title, convert, text, value) => {
    expect(convert(text)).toBe(value);
  });

  it.each<[string, Conversion, string]>([
    ["-1", asWritten, "-1"],
    ["-1 milliseconds", fromMilliseconds, "-1"],
    ["an empty value", asWritten, ""],
    ["a word", asWritten, "ok"],
    ["nan", asWritten, "nan"],
    ["inf", fromMicroseconds, "-inf"],
    ["a number with a unit", asWritten, "1.24M"],
    ["pairs", asWritten, "1=19,2=655"],
    ["two numbers", asWritten, "1 2"],
    ["a hexadecimal number", asWritten, "0x10"],
    ["a percent sign alone", fromPercent, "%"],
    ["a third word of a flag", flag("up", "down"), "connecting"],
  ])("gives no sample for %s", (_title, convert, text) => {
    expect(convert(text)).toBeUndefined();
  });
});
