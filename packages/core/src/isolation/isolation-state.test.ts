import { describe, expect, it } from "vitest";
import { outcomeOf, toIsolationState } from "./isolation-state.ts";
import type { Reach } from "./reach.ts";

function reach(apiServer: Reach["apiServer"]["outcome"], peers: Reach["peers"]["outcome"]): Reach {
  return {
    apiServer: { outcome: apiServer, startedAt: 100, endedAt: 300 },
    peers: { outcome: peers, startedAt: 100, endedAt: 200 },
    objections: [],
  };
}

describe("outcomeOf", () => {
  it.each([
    ["not-asked", "reachable", false, "reachable"],
    ["reachable", "unreachable", false, "reachable"],
    ["unreachable", "unreachable", true, "isolated"],
    ["not-configured", "unreachable", true, "isolated"],
    ["not-asked", "none-known", false, undefined],
    ["not-asked", "unreachable", false, undefined],
  ] as const)(
    "tells of API server %s, peers %s, isolated %s: %s",
    (apiServer, peers, isIsolated, outcome) => {
      expect(outcomeOf(reach(apiServer, peers), { isIsolated })).toBe(outcome);
    },
  );
});

describe("toIsolationState", () => {
  const known = { isWatched: true, isIsolated: false, knownPeers: 2 };

  it("has what the last check found, and its age", () => {
    const findings = { ...known, reach: reach("reachable", "unreachable"), writes: undefined };
    expect(toIsolationState(findings, { now: 1_300 })).toEqual({
      ...known,
      apiServer: "reachable",
      peers: "unreachable",
      checkedMsAgo: 1_000,
      areWritesHeld: undefined,
    });
  });

  it("has no findings where there was no check", () => {
    const writes = { isHeld: true, reason: "unproven", since: 0 } as const;
    expect(toIsolationState({ ...known, reach: undefined, writes }, { now: 0 })).toEqual({
      ...known,
      apiServer: "not-asked",
      peers: "not-asked",
      checkedMsAgo: undefined,
      areWritesHeld: true,
    });
  });
});
