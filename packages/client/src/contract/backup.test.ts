import { describe, expect, it } from "vitest";
import { backupQuerySchema, backupRequestSchema, backupResultSchema } from "./backup.ts";
import { describeIssues } from "./issues.ts";

const minimal = { backupName: "nightly", destination: { s3: { bucket: "my-bucket" } } };
const certificate = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ\n-----END CERTIFICATE-----\n";
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
    const request = { ...withS3({ acl: "private" }), priority: 1 };
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

  it("takes every option of a store", () => {
    const options = {
      forcePathStyle: false,
      checksum: "when-supported",
      caBundle: certificate,
      serverSideEncryption: { algorithm: "aws:kms", kmsKeyId: "alias/backups" },
      storageClass: "STANDARD_IA",
      tags: { team: "cache", "kubernetes.io/cluster": "" },
      partSizeMiB: 64,
      concurrency: 4,
    };
    expect(backupRequestSchema.parse(withS3(options)).destination.s3).toEqual({ ...s3Defaults, ...options });
  });

  it.each(["", null, 0])("takes %j for an option that is not set", (unset) => {
    const names = [
      "forcePathStyle",
      "checksum",
      "caBundle",
      "serverSideEncryption",
      "storageClass",
      "tags",
      "partSizeMiB",
      "concurrency",
    ];
    const options = Object.fromEntries(names.map((name) => [name, unset]));
    expect(backupRequestSchema.parse(withS3(options))).toStrictEqual(backupRequestSchema.parse(minimal));
  });

  it("takes an empty key id for the store's own key", () => {
    const serverSideEncryption = { algorithm: "AES256", kmsKeyId: "" };
    expect(backupRequestSchema.parse(withS3({ serverSideEncryption })).destination.s3).toStrictEqual({
      ...s3Defaults,
      serverSideEncryption: { algorithm: "AES256" },
    });
  });

  it.each([
    ["forcePathStyle", { forcePathStyle: "yes" }],
    ["checksum", { checksum: "always" }],
    ["caBundle", { caBundle: "/etc/ssl/ca.crt" }],
    ["caBundle", { caBundle: `${certificate}-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----` }],
    ["caBundle", { caBundle: certificate.repeat(1_000) }],
    ["serverSideEncryption", { serverSideEncryption: "AES256" }],
    ["serverSideEncryption.algorithm", { serverSideEncryption: {} }],
    ["serverSideEncryption.algorithm", { serverSideEncryption: { algorithm: "aes256" } }],
    ["serverSideEncryption.kmsKeyId", { serverSideEncryption: { algorithm: "AES256", kmsKeyId: "key" } }],
    ["serverSideEncryption.kmsKeyId", { serverSideEncryption: { algorithm: "aws:kms", kmsKeyId: "a\nb" } }],
    ["storageClass", { storageClass: "STANDARD IA" }],
    ["storageClass", { storageClass: "a\r\nx-amz-acl: public-read" }],
    ["tags", { tags: ["a"] }],
    ["tags", { tags: { a: 5 } }],
    ["tags", { tags: { "": "value" } }],
    ["tags", { tags: { a: "x".repeat(257) } }],
    ["tags", { tags: { "a\nb": "value" } }],
    ["tags", { tags: Object.fromEntries(Array.from("abcdefghijk", (key) => [key, key])) }],
    ["partSizeMiB", { partSizeMiB: 4 }],
    ["partSizeMiB", { partSizeMiB: 513 }],
    ["partSizeMiB", { partSizeMiB: 64, concurrency: 9 }],
    ["partSizeMiB", { partSizeMiB: 5.5 }],
    ["concurrency", { concurrency: 17 }],
    ["concurrency", { concurrency: -1 }],
  ])("names the option %s when it is wrong: %j", (option, fields) => {
    const issues = issuesOf(withS3(fields));
    expect(issues).toMatch(new RegExp(`^destination\\.s3\\.${option.replaceAll(".", "\\.")}: [^;]*$`));
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

  it("reads what later managers add", () => {
    const extended = {
      ...result,
      metadataKey: "nightly.rdb.metadata.json",
      redisVersion: "7.0.15",
      replicationId: "8f3c",
      replicationOffset: 0,
      keyCounts: { db0: 12 },
      startedAt: "2026-11-22T00:00:00.000Z",
      finishedAt: "2026-11-22T00:00:01.000Z",
    };
    expect(backupResultSchema.parse(extended)).toEqual(extended);
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

describe("backupQuerySchema", () => {
  it.each([
    [{}, false],
    [{ force: "false", other: "x" }, false],
    [{ force: "true" }, true],
  ])("reads %j", (query, force) => {
    expect(backupQuerySchema.parse(query)).toEqual({ force });
  });

  it.each(["", "1", "TRUE", "yes"])("refuses force=%s", (force) => {
    expect(backupQuerySchema.safeParse({ force }).success).toBe(false);
  });
});
