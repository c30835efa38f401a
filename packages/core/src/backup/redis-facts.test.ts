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

  it("takes no missing field for a zero", () => {
    const info = parseInfo("redis_version:7.0.15\r\nmaster_replid:8f3c\r\n");
    expect(() => readRedisFacts({ before: info, after: info })).toThrow(
      expect.objectContaining({ code: "REDIS_REPLY_INVALID" }),
    );
  });
});
