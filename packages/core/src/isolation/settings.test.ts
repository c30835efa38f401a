import { expect, it } from "vitest";
import { mergeIsolationSettings } from "./settings.ts";

const defaults = { enabled: true, apiServerTimeoutMs: 5_000, peerTimeoutMs: 5_000 };
const unset = { enabled: undefined, apiServerTimeoutMs: undefined, peerTimeoutMs: undefined };

it.each([
  ["the defaults when nothing is set", {}, undefined, defaults],
  ["the defaults when the RedisCluster sets nothing", {}, unset, defaults],
  [
    "each field that the RedisCluster sets",
    {},
    { ...unset, enabled: false, peerTimeoutMs: 1_000 },
    { enabled: false, apiServerTimeoutMs: 5_000, peerTimeoutMs: 1_000 },
  ],
  [
    "each variable over its field",
    { enabled: true, apiServerTimeoutMs: 300 },
    { enabled: false, apiServerTimeoutMs: 100, peerTimeoutMs: 200 },
    { enabled: true, apiServerTimeoutMs: 300, peerTimeoutMs: 200 },
  ],
  [
    "a variable that is false",
    { enabled: false },
    { ...unset, enabled: true },
    { ...defaults, enabled: false },
  ],
])("takes %s", (_what, environment, cluster, settings) => {
  expect(mergeIsolationSettings({ environment, cluster, defaults })).toEqual(settings);
});
