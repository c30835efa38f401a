import { describe, expect, it } from "vitest";
import { backupRequestSchema, backupResultSchema } from "./backup.ts";
import { describeIssues } from "./issues.ts";

const minimal = { backupName: "nightly", destination: { s3: { bucket: "my-bucket" } } };
const s3Defaults = { bucket: "my-bucket", path: "", region: "us-east-1" };

function withS3(fields: Record<string, unknown>) {
  return { ...minimal, destination: { s3: { ...minimal.destination.s3, ...fields } } };
}

function issuesOf(request: unknown): string | undefined {
  const { error } = backupRequestSchema.safeParse(request);
  return error && describeIssues(error);
}

describe("backupRequestSchema", () => {
  it("fills in the defaults", () => {
    expect(backupRequestSchema.parse(minimal)).toEqual({
      backupName: "nightly",
      method: "rdb",
      destination: { s3: s3Defaults },
    });
  });

  it("takes Go's zero values for absent", () => {
    const request = { ...withS3({ path: "", endpoint: "", region: "" }), method: "" };
    expect(backupRequestSchema.parse(request)).toStrictEqual(backupRequestSchema.parse(minimal));
  });

  it("ignores unknown fields on every level", () => {
    const request = { ...withS3({ storageClass: "GLACIER" }), priority: 1 };
    expect(backupRequestSchema.parse(request)).toStrictEqual(backupRequestSchema.parse(minimal));
  });

  it("keeps what is given", () => {
    const s3 = { bucket: "b", path: "a/b", endpoint: "http://[::1]:9000", region: "eu-west-1" };
    const request = { backupName: "nightly-2026-11-22.v2", method: "aof", destination: { s3 } };
    expect(backupRequestSchema.parse(request)).toEqual(request);
  });

  it.each([
    ["/", ""],
    ["//backups//", "backups"],
    ["a/b/", "a/b"],
    ["/a//b", "a//b"],
    ["..a/b..", "..a/b.."],
  ])("trims the surrounding slashes of path %j", (path, trimmed) => {
    expect(backupRequestSchema.parse(withS3({ path })).destination.s3.path).toBe(trimmed);
  });

  it.each(["a", "0", "a-b.c-d", "a".repeat(64), "a".repeat(253)])("takes backupName %j", (backupName) => {
    expect(issuesOf({ ...minimal, backupName })).toBeUndefined();
  });

  it.each(["A", "-a", "a-", ".a", "a.", "a..b", "a_b", "a/b", "a b", "a\n", "ä", "../a", "a".repeat(254)])(
    "refuses backupName %j",
    (backupName) => {
      expect(issuesOf({ ...minimal, backupName })).toMatch(/^backupName: must be /);
    },
  );

  it.each([
    ["destination.s3.bucket", withS3({ bucket: undefined })],
    ["destination.s3.bucket", withS3({ bucket: "" })],
    ["destination.s3.bucket", withS3({ bucket: "a/b" })],
    ["destination.s3.bucket", withS3({ bucket: "a\\b" })],
    ["destination.s3.bucket", withS3({ bucket: "a\u0000" })],
    ["destination.s3.bucket", withS3({ bucket: ".." })],
    ["destination.s3.path", withS3({ path: ".." })],
    ["destination.s3.path", withS3({ path: "/a/../b/" })],
    ["destination.s3.path", withS3({ path: "a\nb" })],
    ["destination.s3.path", withS3({ path: "a\u0085b" })],
    ["destination.s3.path", withS3({ path: "a".repeat(1025) })],
    ["destination.s3.path", withS3({ path: 5 })],
    ["destination.s3.endpoint", withS3({ endpoint: "s3.example.com" })],
    ["destination.s3.endpoint", withS3({ endpoint: "ftp://s3.example.com" })],
    ["destination.s3.endpoint", withS3({ endpoint: "file:///etc/passwd" })],
    ["destination.s3.endpoint", withS3({ endpoint: "https:s3.example.com" })],
    ["destination.s3.endpoint", withS3({ endpoint: "https://" })],
    ["destination.s3.endpoint", withS3({ endpoint: "https://s3.\nexample.com" })],
    ["destination.s3.region", withS3({ region: "eu/west" })],
    ["destination.s3", { ...minimal, destination: {} }],
    ["destination", { ...minimal, destination: null }],
    ["backupName", { ...minimal, backupName: undefined }],
    ["method", { ...minimal, method: "RDB" }],
    ["method", { ...minimal, method: 1 }],
  ])("names %s when it is wrong: %j", (field, request) => {
    expect(issuesOf(request)).toMatch(new RegExp(`^${field.replaceAll(".", "\\.")}: `));
  });

  it.each([[null], [[]], ["text"], [5]])("refuses %j in place of an object", (request) => {
    expect(issuesOf(request)).toBe("must be a JSON object");
  });

  it("names the first five faults and counts the rest", () => {
    const faults = { bucket: "/", path: "..", endpoint: "x", region: "/" };
    const issues = issuesOf({ ...withS3(faults), backupName: "A", method: "x" });
    expect(issues?.split("; ")).toHaveLength(6);
    expect(issues).toMatch(/; and 1 more$/);
  });
});

describe("backupResultSchema", () => {
  const result = {
    artifactType: "rdb",
    backupPath: "s3://my-bucket/nightly.rdb",
    objectKey: "nightly.rdb",
    backupSize: 123456,
    checksumSHA256: "0".repeat(64),
  };

  it("reads the answer of a backup", () => {
    expect(backupResultSchema.parse({ ...result, durationMs: 5 })).toEqual(result);
  });

  it.each([
    [{ artifactType: "tar" }],
    [{ backupPath: "" }],
    [{ backupPath: "s3://my-bucket" }],
    [{ objectKey: "" }],
    [{ backupSize: -1 }],
    [{ backupSize: "5" }],
    [{ checksumSHA256: "A".repeat(64) }],
    [{ checksumSHA256: "0".repeat(63) }],
  ])("refuses %j", (fields) => {
    expect(backupResultSchema.safeParse({ ...result, ...fields }).success).toBe(false);
  });
});
