import { describe, expect, it } from "vitest";
import { parseInfo } from "../redis/info.ts";
import { judgePromotion, parseCandidate } from "./promotion-safety.ts";

const replicationId = "fa92de8751ee842f82f6c8a8c524c7c8700972df";

// As Redis 7.0.15 writes them.
const replica = {
  loading: "0",
  async_loading: "0",
  role: "slave",
  master_host: "10.0.0.7",
  master_port: "6379",
  master_link_status: "down",
  master_last_io_seconds_ago: "-1",
  master_sync_in_progress: "0",
  slave_repl_offset: "5000",
  master_link_down_since_seconds: "3",
  master_replid: replicationId,
  db0: "keys=10,expires=0,avg_ttl=0",
};
const neverUp = { master_link_down_since_seconds: "-1" };
const linkUp = { master_link_status: "up", master_link_down_since_seconds: undefined };
const empty = { db0: undefined };
const primary = {
  loading: "0",
  role: "master",
  master_repl_offset: "0",
  connected_slaves: "0",
  master_replid: replicationId,
};

function candidate(fields: Readonly<Record<string, string | undefined>>) {
  const lines = Object.entries(fields).flatMap(([field, value]) =>
    value === undefined ? [] : `${field}:${value}`,
  );
  return parseCandidate(parseInfo(lines.join("\r\n")));
}

const nobodyElse = { isUndesignated: false, peerWithData: undefined };
const undesignated = { isUndesignated: true, peerWithData: undefined };
const beside = { isUndesignated: true, peerWithData: "10.0.0.8:6379 holds 5 keys" };

const loading = /^it is loading its data set$/;
const midSync = /^it is in the middle of a full sync$/;
const neverSynced = /^it never finished a sync and holds no data$/;

describe("judgePromotion", () => {
  it.each([
    ["a replica in sync", linkUp, nobodyElse],
    ["a replica in sync with a primary that holds no data", { ...linkUp, ...empty }, nobodyElse],
    [
      "one in sync with a primary that has just started",
      { ...linkUp, ...empty, slave_repl_offset: "0" },
      nobodyElse,
    ],
    ["one whose primary is gone", {}, nobodyElse],
    ["one whose primary is gone, and held no data", empty, nobodyElse],
    ["one whose primary is gone before it wrote a byte", { ...empty, slave_repl_offset: "0" }, nobodyElse],
    [
      "one that follows nobody and holds no data",
      { ...neverUp, ...empty, slave_repl_offset: "1" },
      undesignated,
    ],
    ["one that follows nobody, with data of its own beside others'", neverUp, beside],
  ])("takes %s", (_, change, surroundings) => {
    expect(judgePromotion(candidate({ ...replica, ...change }), surroundings)).toEqual({ safe: true });
  });

  it.each([
    ["has loaded its own data and never reached its primary", { ...neverUp, slave_repl_offset: "1" }],
    ["was a primary with data and never reached its successor", { ...neverUp, slave_repl_offset: "0" }],
    ["has loaded a snapshot that knows its history", neverUp],
    ["counts the seconds since 1970, as Redis 6.2.0 does", { master_link_down_since_seconds: "1795385471" }],
  ])("takes with a doubt one that %s", (_, change) => {
    expect(judgePromotion(candidate({ ...replica, ...change }), nobodyElse)).toEqual({
      safe: true,
      doubt: expect.stringContaining("never finished a sync"),
    });
  });

  it.each([
    ["that is loading from its disk", { loading: "1", ...neverUp }, nobodyElse, loading],
    [
      "that is loading what its primary sent, beside its old data",
      { async_loading: "1", master_sync_in_progress: "1" },
      nobodyElse,
      loading,
    ],
    ["that follows nobody and is loading", { loading: "1", ...neverUp }, undesignated, loading],
    [
      "in the middle of its first sync",
      { ...neverUp, ...empty, slave_repl_offset: "1", master_sync_in_progress: "1" },
      nobodyElse,
      midSync,
    ],
    [
      "in the middle of another sync, that still holds its old data",
      { master_sync_in_progress: "1" },
      nobodyElse,
      midSync,
    ],
    [
      "that never reached its primary",
      { ...neverUp, ...empty, slave_repl_offset: "1" },
      nobodyElse,
      neverSynced,
    ],
    [
      "that was an empty primary, and never reached its successor",
      { ...neverUp, ...empty, slave_repl_offset: "0" },
      nobodyElse,
      neverSynced,
    ],
    [
      "of Redis 6.2.0 that never reached its primary",
      { master_link_down_since_seconds: "1795385471", ...empty },
      nobodyElse,
      neverSynced,
    ],
    [
      "that let go of its data for a sync which was cut off",
      { ...empty, slave_repl_offset: "1" },
      nobodyElse,
      neverSynced,
    ],
    [
      "that follows nobody and is empty beside one with data",
      { ...neverUp, ...empty },
      beside,
      /^it holds no data, while 10\.0\.0\.8:6379 holds 5 keys$/,
    ],
  ])("refuses one %s", (_, change, surroundings, reason) => {
    expect(judgePromotion(candidate({ ...replica, ...change }), surroundings)).toEqual({
      safe: false,
      reason: expect.stringMatching(reason),
    });
  });

  it.each([primary, { ...primary, loading: "1" }])("leaves a primary what it is: %j", (fields) => {
    expect(judgePromotion(candidate(fields), nobodyElse)).toEqual({ safe: true });
  });
});

describe("parseCandidate", () => {
  it("counts the keys of every database", () => {
    const databases = { db0: "keys=2,expires=0", db15: "subexpiry=1,keys=3,expires=1" };
    expect(candidate({ ...primary, ...databases })).toMatchObject({ keys: 5, isLoading: false });
  });

  it.each([{ loading: undefined }, { db0: "expires=0" }, { db0: "keys=many" }])("refuses %j", (change) => {
    expect(() => candidate({ ...primary, ...change })).toThrow(
      expect.objectContaining({ code: "REDIS_REPLY_INVALID" }),
    );
  });
});
