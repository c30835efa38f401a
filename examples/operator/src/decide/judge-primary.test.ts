import type { InstanceObservation } from "@redis-operator/client/failover";
import { describe, expect, it } from "vitest";
import { failing, primary, primaryAddress, replica } from "../../test/observations.ts";
import { judgePrimary, type PrimaryEvidence } from "./judge-primary.ts";

const absentForLong = { name: "cache-0", polls: 3, sinceMs: 0 };

function judge(observations: readonly InstanceObservation[], evidence: Partial<PrimaryEvidence> = {}) {
  return judgePrimary({
    currentPrimary: "cache-0",
    address: primaryAddress,
    observations,
    absence: absentForLong,
    nowMs: 3_000,
    foreignFences: [],
    lostAfterPolls: 3,
    lostAfterMs: 3_000,
    ...evidence,
  });
}

describe("judgePrimary", () => {
  it("calls a primary serving that has just answered as one", () => {
    expect(judge([primary("cache-0")], { absence: undefined })).toEqual({ verdict: "serving" });
  });

  it.each([
    ["silent", [failing("cache-0", "MANAGER_TIMED_OUT"), replica("cache-1", { link: "down" })]],
    ["without a pod", [replica("cache-1", { link: "down" })]],
    ["a replica", [replica("cache-0"), replica("cache-1", { link: "down" })]],
    ["a replica that another follows", [replica("cache-0"), replica("cache-1")]],
    ["without its Redis", [failing("cache-0", "REDIS_UNREACHABLE")]],
    [
      "heard by nobody for longer than its pings take",
      [failing("cache-0"), replica("cache-1", { lastIoSecondsAgo: 13 })],
    ],
    ["silent, while a replica hears another", [failing("cache-0"), replica("cache-1", { port: 7000 })]],
  ])("calls a primary lost that is %s for long enough", (_, observations) => {
    expect(judge(observations).verdict).toBe("lost");
  });

  it.each([
    ["too few polls", { absence: { ...absentForLong, polls: 2 } }],
    ["too short a time", { nowMs: 2_999 }],
    ["a fence of somebody else", { foreignFences: ["cache-0"] }],
  ])("waits for a silent primary after %s", (_, evidence) => {
    expect(judge([failing("cache-0")], evidence).verdict).toBe("waited-for");
  });

  it.each([
    ["loads", [failing("cache-0", "REDIS_LOADING")]],
    ["is busy with a script", [failing("cache-0", "REDIS_BUSY")]],
    ["is heard by a replica", [failing("cache-0"), replica("cache-1", { lastIoSecondsAgo: 12 })]],
  ])("waits for a primary that %s, however long it takes", (_, observations) => {
    expect(judge(observations, { nowMs: 3_600_000 }).verdict).toBe("waited-for");
  });
});
