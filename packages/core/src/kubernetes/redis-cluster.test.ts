import { describe, expect, it } from "vitest";
import { readFields } from "./fields.ts";
import {
  parseCurrentPrimary,
  parseDirectives,
  parseFencedPods,
  parsePrimaryIsolation,
} from "./redis-cluster.ts";

const isolation = (value: unknown) => parsePrimaryIsolation(readFields(value, "it"));
const boot = (value: unknown) => {
  const cluster = readFields(value, "it");
  return { currentPrimary: parseCurrentPrimary(cluster), directives: parseDirectives(cluster) };
};
const fenced = (annotation: string) =>
  parseFencedPods(
    readFields({ metadata: { annotations: { "redis.io/fencedInstances": annotation } } }, "it"),
  );

const unset = {
  isolation: { enabled: undefined, apiServerTimeoutMs: undefined, peerTimeoutMs: undefined },
  boot: { currentPrimary: undefined, directives: {} },
};

describe("a RedisCluster", () => {
  it.each([
    ["no spec and no status", {}],
    ["nulls, as Go writes absent fields", { spec: null, status: null }],
    [
      "nulls further down",
      { spec: { primaryIsolation: null, redis: null }, status: { currentPrimary: null } },
    ],
    ["empty strings", { spec: { primaryIsolation: { peerTimeout: "" } }, status: { currentPrimary: "" } }],
    ["fields that are none of ours", { kind: "RedisCluster", spec: { instances: 3 }, metadata: 7 }],
  ])("with %s has nothing set", (_what, value) => {
    expect({ isolation: isolation(value), boot: boot(value) }).toEqual(unset);
  });

  it("tells how isolation is watched for", () => {
    const primaryIsolation = { enabled: false, apiServerTimeout: "2s", peerTimeout: "500ms" };
    expect(isolation({ spec: { primaryIsolation } })).toEqual({
      enabled: false,
      apiServerTimeoutMs: 2_000,
      peerTimeoutMs: 500,
    });
  });

  it("tells as what Redis starts, values that were written without quotes included", () => {
    const value = {
      spec: { redis: { maxmemory: "1gb", save: "", hz: 10 } },
      status: { currentPrimary: "cache-0" },
    };
    expect(boot(value)).toEqual({
      currentPrimary: "cache-0",
      directives: { maxmemory: "1gb", save: "", hz: "10" },
    });
  });

  it("keeps a directive that is named like a built-in property a plain entry", () => {
    const value: unknown = JSON.parse('{"spec":{"redis":{"__proto__":"x"}}}');
    expect(Object.entries(boot(value).directives)).toEqual([["__proto__", "x"]]);
  });

  it("starts Redis whatever is wrong with the isolation settings", () => {
    const value = { spec: { primaryIsolation: { peerTimeout: "5" } }, status: { currentPrimary: "cache-1" } };
    expect(boot(value)).toEqual({ currentPrimary: "cache-1", directives: {} });
  });

  it.each([
    [isolation, null, "it is no JSON object"],
    [isolation, [], "it is no JSON object"],
    [boot, "text", "it is no JSON object"],
    [isolation, { spec: 1 }, "it: spec is no object"],
    [isolation, { spec: { primaryIsolation: [] } }, "it: spec.primaryIsolation is no object"],
    [
      isolation,
      { spec: { primaryIsolation: { enabled: "false" } } },
      "it: spec.primaryIsolation.enabled is no boolean",
    ],
    [
      isolation,
      { spec: { primaryIsolation: { peerTimeout: 5 } } },
      "it: spec.primaryIsolation.peerTimeout is no string",
    ],
    [
      isolation,
      { spec: { primaryIsolation: { apiServerTimeout: "5" } } },
      'it: spec.primaryIsolation.apiServerTimeout doesn\'t fit: expected a duration such as 5s, 1m30s or 500ms, not "5"',
    ],
    [
      isolation,
      { spec: { primaryIsolation: { apiServerTimeout: "0s" } } },
      "it: spec.primaryIsolation.apiServerTimeout doesn't fit: expected a duration from 1ms to 24 days, not 0s",
    ],
    [boot, { spec: { redis: ["x"] } }, "it: spec.redis is no object"],
    [boot, { spec: { redis: { maxmemory: {} } } }, "it: spec.redis.maxmemory is no string"],
    [boot, { status: { currentPrimary: {} } }, "it: status.currentPrimary is no string"],
  ])("is refused by %o for %j, naming the field", (parse, value, message) => {
    expect(() => parse(value)).toThrow(
      expect.objectContaining({ code: "KUBERNETES_REPLY_INVALID", message }),
    );
  });

  it.each([
    ['["cache-0","cache-1"]', ["cache-0", "cache-1"]],
    ['["*"]', ["*"]],
    ["[]", []],
    ["null", []],
  ])("fences by the annotation %s", (annotation, pods) => {
    expect(fenced(annotation)).toEqual(pods);
  });

  it.each([
    {},
    { metadata: {} },
    { metadata: { annotations: null } },
    { metadata: { annotations: { a: "b" } } },
  ])("fences nobody without the annotation: %j", (value) => {
    expect(parseFencedPods(readFields(value, "it"))).toEqual([]);
  });

  it.each(["", "cache-0", '"cache-0"', "{}", "[1]", '["a",null]'])(
    "refuses the annotation %j",
    (annotation) => {
      expect(() => fenced(annotation)).toThrow(
        expect.objectContaining({
          code: "KUBERNETES_REPLY_INVALID",
          message: "the annotation redis.io/fencedInstances is no JSON array of pod names",
        }),
      );
    },
  );
});
