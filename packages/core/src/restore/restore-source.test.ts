import { describe, expect, it } from "vitest";
import { formatRestoreSource, parseRestoreSource } from "./restore-source.ts";

describe("parseRestoreSource", () => {
  it.each([
    ["s3://bucket/key", { bucket: "bucket", key: "key" }],
    ["s3://bucket/a/b c%20+é.rdb", { bucket: "bucket", key: "a/b c%20+é.rdb" }],
  ])("reads %s, and it is written the same", (uri, source) => {
    expect(parseRestoreSource(uri)).toEqual(source);
    expect(formatRestoreSource(source)).toBe(uri);
  });

  it.each([
    "",
    "bucket/key",
    "s3://bucket",
    "s3://bucket/",
    "s3:///key",
    "https://bucket/key",
    "s3://bucket/a\nb",
  ])("refuses %j", (uri) => {
    expect(parseRestoreSource(uri)).toBeUndefined();
  });
});
