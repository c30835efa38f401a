import { describe, expect, it } from "vitest";
import { detectSplitBrain, type SplitBrain } from "../../src/failover/index.ts";
import { observe, primary, replica } from "./observations.ts";

function survivorOf(split: SplitBrain): string | undefined {
  return split.outcome === "split-brain" ? split.advice.survivor : undefined;
}

const copy = { host: "10.0.0.7", port: 6379, state: "send_bulk", offset: 0, lagBytes: 0, lagSeconds: 0 };

describe("a split brain", () => {
  it.each([
    ["nobody answers", {}],
    ["one answers as a primary", { a: primary(), b: replica() }],
    ["the other possible one gave no status", { a: primary(), b: "MANAGER_UNREACHABLE" }],
  ] as const)("is none that can be seen where %s", (_, instances) => {
    expect(detectSplitBrain(observe(instances), { currentPrimary: "a" })).toEqual({ outcome: "none" });
  });

  it("tells the primaries apart by what each says", () => {
    const split = detectSplitBrain(
      observe({
        b: primary({ connectedReplicas: 2, replicas: [copy] }),
        a: primary({ connectedReplicas: 1 }),
      }),
      { currentPrimary: "a" },
    );
    expect(split).toMatchObject({
      primaries: [
        { name: "a", onlineReplicas: 1, isNamed: true, replicationOffset: 1_000 },
        // One that is being sent a copy is about to drop what it has.
        { name: "b", onlineReplicas: 0, isNamed: false },
      ],
    });
  });

  it.each([
    ["the named one", { a: primary(), b: primary({ connectedReplicas: 2 }) }, "a", "a"],
    [
      "the one with the most replicas, if a replica is named",
      { a: primary(), b: primary({ connectedReplicas: 1 }), c: replica() },
      "c",
      "b",
    ],
    [
      "the one with the most replicas, if nobody is named",
      { a: primary({ connectedReplicas: 2 }), b: primary({ connectedReplicas: 1 }) },
      undefined,
      "a",
    ],
    [
      "the one with the most replicas, if the named one is fenced",
      { a: primary(), b: primary({ connectedReplicas: 1 }), c: "INSTANCE_FENCED" },
      "c",
      "b",
    ],
    [
      "nobody, if the named one has replicated nothing and another has",
      { a: primary({ replicationOffset: 0 }), b: primary() },
      "a",
      undefined,
    ],
    [
      "the named one, if none has replicated anything",
      { a: primary({ replicationOffset: 0 }), b: primary({ replicationOffset: 0 }) },
      "a",
      "a",
    ],
    [
      "nobody, if the named one gave no status",
      { a: primary(), b: primary({ connectedReplicas: 1 }), c: "MANAGER_UNREACHABLE" },
      "c",
      undefined,
    ],
    [
      "nobody, if the named one wasn't asked",
      { a: primary(), b: primary({ connectedReplicas: 1 }) },
      "c",
      undefined,
    ],
    [
      "nobody, if as many replicas follow both",
      { a: primary({ connectedReplicas: 1 }), b: primary({ connectedReplicas: 1 }) },
      undefined,
      undefined,
    ],
    ["nobody, if none is followed", { a: primary(), b: primary() }, undefined, undefined],
  ] as const)("is survived by %s", (_, instances, currentPrimary, survivor) => {
    const split = detectSplitBrain(observe(instances), { currentPrimary });
    expect(split).toMatchObject({ outcome: "split-brain", advice: { reason: expect.stringMatching(/./) } });
    expect(survivorOf(split)).toBe(survivor);
  });
});
