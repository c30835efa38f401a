import { describe, expect, it } from "vitest";
import { type BackupMetadata, parseBackupMetadata, serializeBackupMetadata } from "./backup-metadata.ts";

const metadata: BackupMetadata = {
  backupName: "nightly",
  artifactType: "aof-archive",
  method: "aof",
  objectKey: "redis/nightly.aof.tar.gz",
  sizeBytes: 123_456,
  checksumSha256: "0123456789abcdef".repeat(4),
  redisVersion: "8.0.1",
  server: "valkey",
  replicationId: "8f3c0e9d",
  replicationOffset: 42,
  keyCounts: { db0: 10, db12: 1 },
  keyCountsAfter: {},
  startedAt: "2026-11-22T10:00:00.000Z",
  finishedAt: "2026-11-22T10:00:05.000Z",
};

const fields = (): Record<string, unknown> => JSON.parse(serializeBackupMetadata(metadata));

describe("the metadata of a backup", () => {
  it("reads what it has written", () => {
    expect(parseBackupMetadata(serializeBackupMetadata(metadata))).toEqual(metadata);
  });

  it("names its format, its version and the checksum as the answer to a backup does", () => {
    expect(fields()).toMatchObject({
      format: "redis-instance-manager/backup",
      version: 1,
      checksumSHA256: metadata.checksumSha256,
    });
  });

  it("ignores fields that it doesn't know", () => {
    expect(parseBackupMetadata(JSON.stringify({ ...fields(), more: true }))).toEqual(metadata);
  });

  it.each([
    ["another format", { format: "other" }, "it is not redis-instance-manager/backup in version 1"],
    ["another version", { version: 2 }, "it is not redis-instance-manager/backup in version 1"],
    ["no name", { backupName: undefined }, "its field backupName is missing or wrong"],
    ["an empty key", { objectKey: "" }, "its field objectKey is missing or wrong"],
    ["a type that it doesn't know", { artifactType: "zip" }, "its field artifactType is missing or wrong"],
    ["a size as text", { sizeBytes: "1" }, "its field sizeBytes is missing or wrong"],
    ["a negative size", { sizeBytes: -1 }, "its field sizeBytes is missing or wrong"],
    ["a size beyond what is exact", { sizeBytes: 2 ** 53 }, "its field sizeBytes is missing or wrong"],
    ["a short checksum", { checksumSHA256: "0123" }, "its field checksumSHA256 is missing or wrong"],
    ["counts of what is no database", { keyCounts: { size: 1 } }, "its field keyCounts is missing or wrong"],
    [
      "a count that is no number",
      { keyCountsAfter: { db0: "1" } },
      "its field keyCountsAfter is missing or wrong",
    ],
    ["counts as a list", { keyCounts: [] }, "its field keyCounts is missing or wrong"],
    ["a time that is none", { startedAt: "yesterday" }, "its field startedAt is missing or wrong"],
  ])("is refused with %s", (_what, change, why) => {
    expect(() => parseBackupMetadata(JSON.stringify({ ...fields(), ...change }))).toThrow(
      expect.objectContaining({
        code: "BACKUP_METADATA_INVALID",
        message: `reading the metadata of a backup failed: ${why}`,
      }),
    );
  });

  it.each(["", "{", "null", "[]", '"text"'])("is refused where it is no JSON object: %j", (text) => {
    expect(() => parseBackupMetadata(text)).toThrow(
      expect.objectContaining({ code: "BACKUP_METADATA_INVALID" }),
    );
  });
});
