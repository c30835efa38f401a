import { describe, expect, it } from "vitest";
import { buildObjectKey } from "./object-key.ts";

describe("buildObjectKey", () => {
  it.each([
    ["backups", "rdb", "backups/nightly.rdb"],
    ["backups", "aof-archive", "backups/nightly.aof.tar.gz"],
    ["", "rdb", "nightly.rdb"],
    ["/", "rdb", "nightly.rdb"],
    ["///", "aof-archive", "nightly.aof.tar.gz"],
    ["/backups/", "rdb", "backups/nightly.rdb"],
    ["//team/redis//", "rdb", "team/redis/nightly.rdb"],
    ["team//redis", "rdb", "team//redis/nightly.rdb"],
    [" spaced ", "rdb", " spaced /nightly.rdb"],
  ] as const)("puts path %j and type %s at %s", (path, artifactType, key) => {
    expect(buildObjectKey({ path, backupName: "nightly", artifactType })).toBe(key);
  });
});
