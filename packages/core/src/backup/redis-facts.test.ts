import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseInfo } from "../redis/info.ts";
import { readRedisFacts } from "./redis-facts.ts";

const readFixture = (name: string) =>
  parseInfo(readFileSync(new URL(`../../test/fixtures/info/${name}`, import.meta.url), "utf8"));

describe("readRedisFacts", () => {
  it.each([
    ["redis-6.2.16-primary.txt", "redis", "6.2.16"],
    ["redis-7.4.1-replica.txt", "redis", "7.4.1"],
    ["valkey-8.0.1-primary.txt", "valkey", "8.0.1"],
  ])("tells server and version apart: %s", (fixture, server, redisVersion) => {
    const info = readFixture(fixture);
    expect(readRedisFacts({ before: info, after: info })).toMatchObject({
      server,
      redisVersion,
      replicationId: info.get("master_replid"),
      replicationOffset: Number(info.get("master_repl_offset")),
    });
  });

  it("counts the keys of every database, before and after", () => {
    const replication = "redis_version:7.0.15\r\nmaster_replid:8f3c\r\nmaster_repl_offset:7\r\n";
    const before = parseInfo(`${replication}db0:keys=5,expires=1,avg_ttl=0\r\ndb12:keys=1,expires=0\r\n`);
    const after = parseInfo(`${replication}db0:expires=0,keys=6,subexpiry=0\r\n`);
    expect(readRedisFacts({ before, after })).toEqual({
      redisVersion: "7.0.15",
      server: "redis",
      replicationId: "8f3c",
      replicationOffset: 7,
      keyCounts: { db0: 5, db12: 1 },
      keyCountsAfter: { db0: 6 },
    });
  });

  it.each([
    ["a quiet save", {}, { rdb_saves: 2, rdb_changes_since_last_save: 0 }, false],
    ["a save with writes", {}, { rdb_saves: 2, rdb_changes_since_last_save: 3 }, true],
    [
      "a save while keys expired",
      {},
      { rdb_saves: 2, rdb_changes_since_last_save: 0, expired_keys: 1 },
      true,
    ],
    [
      "a save while keys were evicted",
      {},
      { rdb_saves: 2, rdb_changes_since_last_save: 0, evicted_keys: 1 },
      true,
    ],
    ["a quiet rewrite", {}, {}, false],
    ["a rewrite with writes", {}, { rdb_changes_since_last_save: 9 }, true],
    ["a server that doesn't count saves", { rdb_saves: undefined }, { rdb_saves: undefined }, undefined],
  ])("tells whether keys were written meanwhile: %s", (_what, earlier, later, expected) => {
    const counters = { rdb_saves: 1, rdb_changes_since_last_save: 7, expired_keys: 0, evicted_keys: 0 };
    const info = (changes: Readonly<Record<string, number | undefined>>) =>
      parseInfo(
        Object.entries({
          redis_version: "7.0.15",
          master_replid: "8f3c",
          master_repl_offset: 7,
          ...counters,
          ...changes,
        })
          .filter(([, value]) => value !== undefined)
          .map(([field, value]) => `${field}:${value}\r\n`)
          .join(""),
      );
    const facts = readRedisFacts({ before: info(earlier), after: info(later) });
    expect(facts.writesDuringBackup).toBe(expected);
  });

  it("takes no missing field for a zero", () => {
    const info = parseInfo("redis_version:7.0.15\r\nmaster_replid:8f3c\r\n");
    expect(() => readRedisFacts({ before: info, after: info })).toThrow(
      expect.objectContaining({ code: "REDIS_REPLY_INVALID" }),
    );
  });
});
