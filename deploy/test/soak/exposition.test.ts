import { describe, expect, it } from "vitest";
import { findExpositionTrouble } from "../../soak/exposition.ts";

describe("reading a scrape", () => {
  it("takes comments, series with and without labels, and every kind of number", () => {
    const text =
      '# HELP up Whether it is.\n# TYPE up gauge\nup 1\nup{pod="a\\"b",x="1"} -1.5e-7\nup{pod="c"} NaN\nup{pod="d"} +Inf\n';
    expect(findExpositionTrouble(text)).toBeUndefined();
  });

  it.each([
    ["", "it doesn't end in a newline"],
    ["up 1", "it doesn't end in a newline"],
    ["\n", "no series"],
    ["up one\n", "no line of the exposition format: up one"],
    ["<html>\n", "no line of the exposition format: <html>"],
    ['up{pod="a} 1\n', 'no line of the exposition format: up{pod="a} 1'],
    ["up 1\nup 2\n", "up stands twice"],
  ])("tells what is wrong with %j", (text, trouble) => {
    expect(findExpositionTrouble(text)).toBe(trouble);
  });
});
