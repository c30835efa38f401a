import { describe, expect, it } from "vitest";
import { decideBootRole, unknownPrimary } from "./boot-role.ts";

const pods = [
  { name: "cache-0", ip: "10.0.0.7" },
  { name: "cache-1", ip: "fd00::8" },
];
const own = { podName: "cache-0", ipAddresses: ["10.0.0.7"] };

describe("decideBootRole of cache-0", () => {
  it.each([
    ["nobody is named", undefined, { role: "unassigned" }],
    ["it is named itself", "cache-0", { role: "primary" }],
    ["another pod is named", "cache-1", { role: "replica", primary: { host: "fd00::8", port: 6379 } }],
    ["a pod without an address is named", "cache-2", { role: "replica", primary: unknownPrimary }],
  ])("decides when %s", (_, currentPrimary, expected) => {
    expect(decideBootRole({ currentPrimary, pods, own, redisPort: 6379 })).toEqual(expected);
  });

  it("knows itself by its address when it wasn't told its name", () => {
    const nameless = { ...own, podName: "" };
    const observation = { currentPrimary: "cache-0", pods, own: nameless, redisPort: 6379 };
    expect(decideBootRole(observation)).toEqual({ role: "primary" });
  });
});
