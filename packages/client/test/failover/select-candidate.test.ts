import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type InstanceObservation,
  selectPromotionCandidate,
  type SelectionOptions,
  type Unfitness,
} from "../../src/failover/index.ts";
import { history, observe, orphan, primary, replica } from "./observations.ts";

const other = "b".repeat(40);

function chosen(instances: Parameters<typeof observe>[0], options?: SelectionOptions): string | undefined {
  const selection = selectPromotionCandidate(observe(instances), options);
  return selection.outcome === "selected" ? selection.candidate.name : undefined;
}

describe("a replica that is never promoted", () => {
  it.each<[Unfitness, InstanceObservation, SelectionOptions]>([
    ["excluded", { name: "r", status: replica() }, { exclude: ["r"] }],
    ["fenced", { name: "r", status: undefined, failure: { code: "INSTANCE_FENCED", message: "fenced" } }, {}],
    ["no-status", { name: "r", status: undefined }, {}],
    ["status-too-old", { name: "r", status: replica(), ageMs: 1_001 }, { maxStatusAgeMs: 1_000 }],
    ["status-too-old", { name: "r", status: replica() }, { maxStatusAgeMs: 1_000 }],
    ["is-primary", { name: "r", status: primary() }, {}],
    ["sync-in-progress", { name: "r", status: orphan({ syncInProgress: true }) }, {}],
    ["never-synced", { name: "r", status: replica({ masterLinkStatus: "down" }) }, {}],
    ["no-data", { name: "r", status: orphan({ replicationOffset: 1 }) }, {}],
    ["other-history", { name: "r", status: replica() }, { lastPrimary: primary({ replicationId: other }) }],
    [
      "too-far-behind",
      { name: "r", status: replica({ replicationOffset: 899 }) },
      { lastPrimary: primary(), maxLagBytes: 100 },
    ],
  ])("%s", (reason, observation, options) => {
    expect(selectPromotionCandidate([observation], options)).toEqual({
      outcome: "none",
      discarded: [{ name: "r", reason, detail: expect.stringMatching(/./) }],
    });
  });

  it("no-replication-id, as from a manager that tells only what the contract asks for", () => {
    const { replicationId: _, ...status } = replica();
    expect(selectPromotionCandidate([{ name: "r", status }])).toMatchObject({
      discarded: [{ name: "r", reason: "no-replication-id" }],
    });
  });

  it("other-history, with a hint, where the last primary's was read before its first replica came", () => {
    const selection = selectPromotionCandidate(observe({ a: orphan(), b: orphan() }), {
      lastPrimary: primary({ replicationId: other }),
    });
    expect(selection.discarded).toMatchObject([
      { name: "a", reason: "other-history", detail: expect.stringContaining("nobody holds it") },
      { name: "b", reason: "other-history", detail: expect.stringContaining("nobody holds it") },
    ]);
  });

  it("history-unknown, where two histories are equally recent and widespread", () => {
    const selection = selectPromotionCandidate(
      observe({ a: replica(), b: replica({ replicationId: other, replicationOffset: 9_000 }) }),
    );
    expect(selection.discarded.map(({ reason }) => reason)).toEqual(["history-unknown", "history-unknown"]);
  });

  it("history-unknown, where two primaries are visible and the caller knows of no last one", () => {
    const instances = { a: primary(), b: primary({ replicationId: other }), r: replica() };
    expect(chosen(instances)).toBeUndefined();
    expect(chosen(instances, { lastPrimary: primary() })).toBe("r");
  });
});

describe("of several replicas", () => {
  it.each<[string, Parameters<typeof observe>[0], SelectionOptions, string]>([
    ["the highest offset wins", { a: orphan(), b: orphan({ replicationOffset: 1_001 }) }, {}, "b"],
    [
      "over preference and link too",
      { a: replica(), b: orphan({ replicationOffset: 1_001 }) },
      { preferred: ["a"] },
      "b",
    ],
    ["then the preferred one", { a: replica(), b: orphan() }, { preferred: ["c", "b"] }, "b"],
    ["then one whose link is up", { a: orphan(), b: replica() }, {}, "b"],
    ["then the first by name", { c: replica(), b: replica() }, {}, "b"],
    [
      "one that was linked last holds the history that counts",
      {
        a: orphan({ replicationId: other, replicationOffset: 10, linkDownSeconds: 4 }),
        b: orphan({ replicationOffset: 9_000 }),
        c: orphan({ replicationOffset: 9_000 }),
      },
      {},
      "a",
    ],
    [
      "of histories that are equally recent, the one that more hold counts",
      { a: orphan({ replicationId: other, replicationOffset: 9_000 }), b: orphan(), c: orphan() },
      {},
      "b",
    ],
    [
      "the last primary's history counts before both",
      { a: orphan({ replicationId: other }), b: replica({ replicationOffset: 9_000 }), c: replica() },
      { lastPrimary: primary({ replicationId: other }) },
      "a",
    ],
    [
      "an offset of a last primary that names no history compares with none",
      { a: orphan() },
      { lastPrimary: { replicationOffset: 1_000_000 }, maxLagBytes: 0 },
      "a",
    ],
    ["an offset of 0 is one", { a: orphan({ replicationOffset: 0 }) }, {}, "a"],
  ])("%s", (_, instances, options, name) => {
    expect(chosen(instances, options)).toBe(name);
  });

  it("tells the others in their order, and what each lacks", () => {
    const selection = selectPromotionCandidate(
      observe({ c: orphan({ replicationOffset: 900 }), b: orphan(), a: orphan({ replicationOffset: 900 }) }),
      { lastPrimary: primary({ replicationOffset: 1_100 }) },
    );
    expect(selection).toMatchObject({
      candidate: { name: "b", behindBytes: 100, replicationId: history },
      runnersUp: [
        { name: "a", behindBytes: 200 },
        { name: "c", behindBytes: 200 },
      ],
      discarded: [],
    });
  });

  it("throws where a name stands for two of them", () => {
    expect(() =>
      selectPromotionCandidate([...observe({ a: replica() }), ...observe({ a: orphan() })]),
    ).toThrow(TypeError);
  });
});

const podName = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
const offset = fc.integer({ min: 0, max: 5 });
const id = fc.constantFrom(history, other);
const fitStatus = fc
  .record({ replicationOffset: offset, replicationId: id, linkDownSeconds: fc.integer({ min: 0, max: 2 }) })
  .map(({ linkDownSeconds, ...status }) => {
    return linkDownSeconds === 0 ? replica(status) : orphan({ ...status, linkDownSeconds });
  });
const unfitStatus = fc.oneof(
  fc.constant(undefined),
  offset.map((replicationOffset) => orphan({ replicationOffset, syncInProgress: true })),
  id.map((replicationId) => replica({ masterLinkStatus: "down", replicationId })),
  fc.constant(orphan({ replicationOffset: 1 })),
);
const observations = fc
  .uniqueArray(fc.tuple(podName, fc.oneof(fitStatus, unfitStatus)), {
    selector: ([name]) => name,
  })
  .map((entries) => entries.map(([name, status]) => ({ name, status })));
const options = fc.record(
  {
    preferred: fc.uniqueArray(podName),
    exclude: fc.uniqueArray(podName, { maxLength: 2 }),
    maxLagBytes: fc.integer({ min: 0, max: 3 }),
    lastPrimary: fc.record({ replicationId: id, replicationOffset: offset }),
  },
  { requiredKeys: [] },
);

describe("whatever the statuses are", () => {
  it("the order in which they come makes no difference", () => {
    fc.assert(
      fc.property(
        observations.chain((list) => {
          return fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }));
        }),
        options,
        ([list, shuffled], given) => {
          expect(selectPromotionCandidate(shuffled, given)).toEqual(selectPromotionCandidate(list, given));
        },
      ),
    );
  });

  it("everyone is chosen, next or discarded, and nobody unfit is chosen or next", () => {
    fc.assert(
      fc.property(observations, options, (list, given) => {
        const selection = selectPromotionCandidate(list, given);
        const candidates =
          selection.outcome === "selected" ? [selection.candidate, ...selection.runnersUp] : [];
        const names = [...candidates, ...selection.discarded].map(({ name }) => name);
        expect(names.toSorted()).toEqual(list.map(({ name }) => name).toSorted());
        for (const { name, replicationId } of candidates) {
          const status = list.find((observation) => observation.name === name)?.status;
          expect(given.exclude ?? []).not.toContain(name);
          expect(status).toMatchObject({ role: "slave", syncInProgress: false });
          const isSynced =
            status?.role === "slave" &&
            (status.masterLinkStatus === "up" || status.linkDownSeconds !== undefined);
          expect(isSynced).toBe(true);
          expect(replicationId).toBe(candidates[0]?.replicationId);
        }
      }),
    );
  });

  it("nobody who could be chosen has a higher offset than the chosen one", () => {
    fc.assert(
      fc.property(observations, options, (list, given) => {
        const selection = selectPromotionCandidate(list, given);
        if (selection.outcome === "none") return;
        const { replicationOffset } = selection.candidate;
        for (const runnerUp of selection.runnersUp) {
          expect(runnerUp.replicationOffset).toBeLessThanOrEqual(replicationOffset);
        }
      }),
    );
  });

  it("one that can't be chosen changes nothing for the others", () => {
    fc.assert(
      fc.property(observations, options, unfitStatus, (list, given, status) => {
        const before = selectPromotionCandidate(list, given);
        const after = selectPromotionCandidate([...list, { name: "z", status }], given);
        expect({ ...after, discarded: after.discarded.filter(({ name }) => name !== "z") }).toEqual(before);
      }),
    );
  });
});
