import { describe, expect, it } from "vitest";
import { decideBootRole } from "./boot-role.ts";

const pods = [
  { name: "cache-0", ip: "10.0.0.7" },
  { name: "cache-1", ip: "fd00::8" },
];

describe("decideBootRole of cache-0", () => {
  it.each([
    ["nobody is named", undefined, { role: "unassigned" }],
    ["an empty name stands there", "", { role: "unassigned" }],
    ["it is named itself", "cache-0", { role: "primary" }],
    ["another pod is named", "cache-1", { role: "replica", primary: { host: "fd00::8", port: 6379 } }],
    [
      "a pod without an address is named",
      "cache-2",
      { role: "replica", primary: { host: "cache-2", port: 6379 } },
    ],
  ])("decides when %s", (_, currentPrimary, expected) => {
    expect(decideBootRole({ currentPrimary, ownPod: "cache-0", pods, redisPort: 6379 })).toEqual(expected);
  });
});
