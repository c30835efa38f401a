import { describe, expect, it } from "vitest";
import { parseRedisCluster } from "./redis-cluster.ts";

const unset = {
  spec: {
    primaryIsolation: { enabled: undefined, apiServerTimeoutMs: undefined, peerTimeoutMs: undefined },
    redis: {},
  },
  status: { currentPrimary: undefined },
};

describe("parseRedisCluster", () => {
  it.each([
    ["no spec and no status", {}],
    ["nulls, as Go writes absent fields", { spec: null, status: null }],
    [
      "nulls further down",
      { spec: { primaryIsolation: null, redis: null }, status: { currentPrimary: null } },
    ],
    ["empty strings", { spec: { primaryIsolation: { peerTimeout: "" } }, status: { currentPrimary: "" } }],
    ["fields that are none of ours", { kind: "RedisCluster", spec: { instances: 3 }, metadata: 7 }],
  ])("takes %s for unset", (_what, value) => {
    expect(parseRedisCluster(value, "it")).toEqual(unset);
  });

  it("reads every field", () => {
    const value = {
      spec: {
        primaryIsolation: { enabled: false, apiServerTimeout: "2s", peerTimeout: "500ms" },
        redis: { maxmemory: "1gb", save: "" },
      },
      status: { currentPrimary: "cache-0" },
    };
    expect(parseRedisCluster(value, "it")).toEqual({
      spec: {
        primaryIsolation: { enabled: false, apiServerTimeoutMs: 2_000, peerTimeoutMs: 500 },
        redis: { maxmemory: "1gb", save: "" },
      },
      status: { currentPrimary: "cache-0" },
    });
  });

  it("keeps a directive that is named like a built-in property a plain entry", () => {
    const value: unknown = JSON.parse('{"spec":{"redis":{"__proto__":"x"}}}');
    expect(Object.entries(parseRedisCluster(value, "it").spec.redis)).toEqual([["__proto__", "x"]]);
  });

  it.each([
    [null, "it is no JSON object"],
    [[], "it is no JSON object"],
    ["text", "it is no JSON object"],
    [{ spec: 1 }, "it: spec is no object"],
    [{ spec: { primaryIsolation: [] } }, "it: spec.primaryIsolation is no object"],
    [{ spec: { primaryIsolation: { enabled: "false" } } }, "it: spec.primaryIsolation.enabled is no boolean"],
    [
      { spec: { primaryIsolation: { peerTimeout: 5 } } },
      "it: spec.primaryIsolation.peerTimeout is no string",
    ],
    [
      { spec: { primaryIsolation: { apiServerTimeout: "5" } } },
      'it: spec.primaryIsolation.apiServerTimeout doesn\'t fit: expected a duration such as 5s, 1m30s or 500ms, not "5"',
    ],
    [
      { spec: { primaryIsolation: { apiServerTimeout: "0s" } } },
      "it: spec.primaryIsolation.apiServerTimeout doesn't fit: expected a duration from 1ms to 24 days, not 0s",
    ],
    [{ spec: { redis: ["x"] } }, "it: spec.redis is no object"],
    [{ spec: { redis: { maxmemory: 1 } } }, "it: spec.redis.maxmemory is no string"],
    [{ status: { currentPrimary: {} } }, "it: status.currentPrimary is no string"],
  ])("refuses %j, naming the field", (value, message) => {
    expect(() => parseRedisCluster(value, "it")).toThrow(
      expect.objectContaining({ code: "KUBERNETES_REPLY_INVALID", message }),
    );
  });
});
