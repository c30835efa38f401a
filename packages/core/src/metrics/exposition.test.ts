import { describe, expect, it } from "vitest";
import { writeHead, writeLabel, writeLabels } from "./exposition.ts";

const odd = 'a "b" \\ c\nd';

describe("writeLabel", () => {
  it("begins with the comma, and escapes the double quote, backslash and newline", () => {
    expect(writeLabel("x", odd)).toBe(String.raw`,x="a \"b\" \\ c\nd"`);
  });
});

describe("writeLabels", () => {
  it("parts labels by commas, without one in front", () => {
    expect(writeLabels({ x: "1", y: "ü" })).toBe('x="1",y="ü"');
  });
});

describe("writeHead", () => {
  it("writes HELP and TYPE, and escapes backslash and newline but no quote", () => {
    expect(writeHead("a_total", { type: "counter", help: odd })).toBe(
      `# HELP a_total ${String.raw`a "b" \\ c\nd`}\n# TYPE a_total counter\n`,
    );
  });
});
