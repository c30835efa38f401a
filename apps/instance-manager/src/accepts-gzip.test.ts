import { describe, expect, it } from "vitest";
import { acceptsGzip } from "./accepts-gzip.ts";

describe("acceptsGzip", () => {
  it.each([
    "gzip",
    "GZIP",
    "x-gzip",
    "deflate, gzip;q=0.5",
    "gzip;q=1.0, *;q=0",
    "*",
    "br, *;q=0.1",
    " gzip ",
  ])("takes %j for a yes", (header) => {
    expect(acceptsGzip(header)).toBe(true);
  });

  it.each([
    undefined,
    "",
    "identity",
    "br, deflate",
    "gzip;q=0",
    "gzip; q=0.000",
    "*;q=0",
    "gzip;q=0, *",
    "gzippy",
  ])("takes %j for a no", (header) => {
    expect(acceptsGzip(header)).toBe(false);
  });
});
