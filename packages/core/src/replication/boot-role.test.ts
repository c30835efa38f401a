import { describe, expect, it } from "vitest";
import { type BootObservation, decideBootRole } from "./boot-role.ts";

const [self, other] = ["cache-0", "cache-1"];
const own = { podName: self, ipAddresses: ["10.0.0.7", "fd00::7"] };
const successor = { host: "10.0.0.8", port: 6379 };

function observe(
  primary: { readonly podName: string; readonly ip: string | undefined } | undefined,
  source: "api-server" | "disk" = "api-server",
): Pick<BootObservation, "cluster"> {
  const isolation = { enabled: undefined, apiServerTimeoutMs: undefined, peerTimeoutMs: undefined };
  const state = { primary, fencedPods: [], directives: {}, isolation, pods: [] };
  return { cluster: { known: { state, source } } };
}

function decide(observation: Partial<BootObservation>) {
  const complete = {
    configuredPrimary: undefined,
    cluster: "outside",
    own,
    redisPort: 6379,
    ...observation,
  } as const;
  const { boot, isSettled, notReady } = decideBootRole(complete);
  return { boot, isSettled, isReady: notReady === undefined };
}

const primary = { role: "primary" };
const replica = { role: "replica", primary: successor };
const undesignated = { role: "undesignated" };

describe("decideBootRole", () => {
  it.each([
    ["outside a cluster: primary", {}, primary, true],
    ["named by the API server: primary", observe({ podName: self, ip: "10.0.0.7" }), primary, true],
    ["named, without an address: primary", observe({ podName: self, ip: undefined }), primary, true],
    ["another is named: its replica", observe({ podName: other, ip: "10.0.0.8" }), replica, true],
    ["another without an address: nobody's", observe({ podName: other, ip: undefined }), undesignated, false],
    ["nobody is named: nobody's", observe(undefined), undesignated, false],
    [
      "named by the disk: primary, to be confirmed",
      observe({ podName: self, ip: undefined }, "disk"),
      primary,
      false,
    ],
    [
      "another is named by the disk: its replica, to be confirmed",
      observe({ podName: other, ip: "10.0.0.8" }, "disk"),
      replica,
      false,
    ],
    ["the disk names nobody: nobody's", observe(undefined, "disk"), undesignated, false],
    ["another name for its own address: primary", observe({ podName: "x", ip: "10.0.0.7" }), primary, true],
    ["another notation of it: primary", observe({ podName: "x", ip: "fd00:0::7" }), primary, true],
    ["configured: the replica of that one", { configuredPrimary: successor }, replica, true],
    [
      "configured: wins over the cluster",
      { ...observe({ podName: self, ip: undefined }), configuredPrimary: successor },
      replica,
      true,
    ],
    [
      "configured, its own address: primary",
      { ...observe(undefined), configuredPrimary: { host: "10.0.0.7", port: 6379 } },
      primary,
      true,
    ],
    [
      "configured, its own address with another port: that one's replica",
      { configuredPrimary: { host: "10.0.0.7", port: 6380 } },
      { role: "replica", primary: { host: "10.0.0.7", port: 6380 } },
      true,
    ],
    [
      "configured, a name: that one's replica",
      { configuredPrimary: { host: "redis-0.redis", port: 6379 } },
      { role: "replica", primary: { host: "redis-0.redis", port: 6379 } },
      true,
    ],
  ])("%s", (_, observation, boot, isSettled) => {
    expect(decide(observation)).toEqual({ boot, isSettled, isReady: true });
  });

  it("is nobody's and not ready where nothing is known of the cluster", () => {
    expect(decide({ cluster: { known: undefined } })).toEqual({
      boot: undesignated,
      isSettled: false,
      isReady: false,
    });
  });

  it("takes a pod without a name for none of those that are named", () => {
    const nameless = { ...own, podName: "" };
    expect(decide({ ...observe({ podName: other, ip: "10.0.0.8" }), own: nameless }).boot).toEqual(replica);
  });
});
