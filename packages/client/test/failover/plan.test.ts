import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type FailoverOptions,
  type InstanceObservation,
  type Plan,
  planFailover,
  planRejoin,
  planSchema,
  planSwitchover,
  type SwitchoverOptions,
} from "../../src/failover/index.ts";
import { observe, orphan, primary, replica } from "./observations.ts";

const generation = 7;

/** From `a` to `b`, with `c` beside them. */
const wholeOrder = [
  "check-candidate b",
  "fence a",
  "confirm-fenced a",
  "name-primary b",
  "promote b",
  "confirm-primary b",
  "demote c",
  "confirm-replica c",
  "unfence a",
  "demote a",
  "confirm-replica a",
];

function failover(
  instances: Parameters<typeof observe>[0],
  options: Partial<FailoverOptions> = {},
): Plan | undefined {
  const decision = planFailover(observe(instances), { generation, currentPrimary: "a", ...options });
  return decision.outcome === "planned" ? decision.plan : undefined;
}

function switchover(
  instances: Parameters<typeof observe>[0],
  options: Partial<SwitchoverOptions> = {},
): ReturnType<typeof planSwitchover> {
  return planSwitchover(observe(instances), { from: "a", to: "b", generation, ...options });
}

/** The steps in a few words. */
function outline(plan: Plan | undefined): readonly string[] | undefined {
  return plan?.steps.map(({ action, instance }) => `${action} ${instance}`);
}

describe("the plan of a failover", () => {
  it("fences, confirms, names, promotes, points the others at the new primary, and takes the old one back", () => {
    const plan = failover({ a: "MANAGER_UNREACHABLE", b: orphan({ replicationOffset: 1_010 }), c: orphan() });
    expect(outline(plan)).toEqual(wholeOrder);
    expect(plan).toMatchObject({ kind: "failover", generation, primary: "b" });
    expect(plan?.steps).toContainEqual(
      expect.objectContaining({ action: "promote", minOffset: 1_010, rivals: ["c"] }),
    );
  });

  it("names the candidate before it confirms the fence where that may rest on self-fencing, and gives it the time", () => {
    const plan = failover({ a: "MANAGER_UNREACHABLE", b: orphan() }, { selfFencedAfterMs: 100_000 });
    expect(outline(plan)?.slice(1, 5)).toEqual([
      "fence a",
      "name-primary b",
      "confirm-fenced a",
      "promote b",
    ]);
    expect(plan?.steps).toContainEqual(
      expect.objectContaining({ action: "confirm-fenced", selfFencedAfterMs: 100_000, timeoutMs: 110_000 }),
    );
  });

  it.each<[string, Parameters<typeof observe>[0], Partial<FailoverOptions>, readonly string[]]>([
    ["the named primary, whatever it answers", { a: orphan(), b: replica() }, {}, ["a"]],
    ["one that nobody observed", { b: replica() }, {}, ["a"]],
    [
      "whoever answers as a primary",
      { a: primary(), b: primary(), c: replica() },
      { lastPrimary: primary() },
      ["a", "b"],
    ],
    [
      "whoever gave no status",
      { a: "MANAGER_UNREACHABLE", b: "MANAGER_UNREACHABLE", c: orphan() },
      {},
      ["a", "b"],
    ],
    [
      "but no known replica",
      { a: "MANAGER_UNREACHABLE", b: "MANAGER_UNREACHABLE", c: orphan() },
      { knownReplicas: ["b"] },
      ["a"],
    ],
    [
      "nor one that is fenced already",
      { a: "MANAGER_UNREACHABLE", b: "INSTANCE_FENCED", c: orphan() },
      {},
      ["a"],
    ],
    [
      "and every suspect",
      { a: "INSTANCE_FENCED", b: orphan({ replicationOffset: 9_000 }), c: orphan() },
      { suspects: ["b"] },
      ["a", "b"],
    ],
    [
      "nobody, if nobody is named and all answer as replicas",
      { b: orphan(), c: orphan() },
      { currentPrimary: undefined },
      [],
    ],
  ])("fences %s", (_, instances, options, fenced) => {
    const steps = failover(instances, options)?.steps ?? [];
    const inPlan = steps.flatMap((step) => (step.action === "fence" ? [step.instance] : []));
    expect(inPlan).toEqual(fenced);
    expect(steps).toContainEqual(
      expect.objectContaining({ action: "promote", fences: expect.objectContaining({ instances: fenced }) }),
    );
  });

  it("leaves the fences that it is told to leave", () => {
    const plan = failover({ a: "INSTANCE_FENCED", b: orphan() }, { leaveFenced: ["a"] });
    expect(outline(plan)?.at(-1)).toBe("confirm-primary b");
  });

  it("isn't made without a candidate, and says why nobody is one", () => {
    const decision = planFailover(
      observe({ a: "MANAGER_UNREACHABLE", b: replica({ masterLinkStatus: "down" }) }),
      {
        generation,
        currentPrimary: "a",
      },
    );
    expect(decision).toMatchObject({
      outcome: "refused",
      reason: "no-candidate",
      selection: {
        discarded: [
          { name: "a", reason: "excluded" },
          { name: "b", reason: "never-synced" },
        ],
      },
    });
  });
});

describe("the plan of a switchover", () => {
  const healthy = { a: primary({ replicationOffset: 1_050 }), b: replica(), c: replica() };

  it("waits for the candidate, fences the old primary so that it hands over, then goes on as a failover does", () => {
    const decision = switchover(healthy);
    if (decision.outcome === "refused") throw new Error(decision.detail);
    expect(outline(decision.plan)).toEqual(wholeOrder);
    expect(decision.plan.steps).toContainEqual(
      expect.objectContaining({ action: "promote", minOffset: 1_050, rivals: ["c"] }),
    );
  });

  it.each<[string, Parameters<typeof observe>[0], Partial<SwitchoverOptions>]>([
    ["not-the-primary", { ...healthy, a: replica() }, {}],
    ["not-the-primary", { b: replica() }, {}],
    ["several-primaries", { ...healthy, c: primary() }, {}],
    ["instance-not-seen", { ...healthy, c: "MANAGER_UNREACHABLE" }, {}],
    ["instance-not-seen", { ...healthy, b: "MANAGER_UNREACHABLE" }, {}],
    ["candidate-unfit", healthy, { to: "d" }],
    ["candidate-unfit", healthy, { to: "a" }],
    ["candidate-unfit", { ...healthy, b: "INSTANCE_FENCED" }, {}],
    ["candidate-unfit", { ...healthy, b: orphan() }, {}],
    ["candidate-unfit", { ...healthy, b: replica({ syncInProgress: true }) }, {}],
    ["candidate-unfit", { ...healthy, b: replica({ replicationId: "b".repeat(40) }) }, {}],
  ])("is refused with %s", (reason, instances, options) => {
    expect(switchover(instances, options)).toMatchObject({ outcome: "refused", reason });
  });

  it("leaves a replica aside that the caller knows as one though it gave no status", () => {
    const decision = switchover({ ...healthy, c: "MANAGER_UNREACHABLE" }, { knownReplicas: ["c"] });
    expect(decision.outcome === "planned" && outline(decision.plan)).not.toContain("demote c");
  });
});

describe("the plan of a rejoin", () => {
  it("takes an instance back by way of a fence, if the primary stands", () => {
    expect(outline(planRejoin("a", { primary: "b", generation }))).toEqual([
      "confirm-primary b",
      "fence a",
      "confirm-fenced a",
      "unfence a",
      "demote a",
      "confirm-replica a",
    ]);
  });

  it("isn't made for the primary itself", () => {
    expect(() => planRejoin("a", { primary: "a", generation })).toThrow(TypeError);
  });
});

const status = fc.constantFrom<InstanceObservation["status"]>(
  undefined,
  primary(),
  replica(),
  orphan(),
  orphan({ replicationOffset: 2_000 }),
  orphan({ syncInProgress: true }),
);
const podName = fc.constantFrom("a", "b", "c", "d", "e");
const situation = fc.record({
  observations: fc.uniqueArray(fc.record({ name: podName, status }), {
    selector: ({ name }) => name,
  }),
  currentPrimary: fc.constantFrom(undefined, "a", "b", "c"),
  suspects: fc.uniqueArray(podName, { maxLength: 2 }),
  knownReplicas: fc.uniqueArray(podName, { maxLength: 2 }),
  selfFencedAfterMs: fc.constantFrom(undefined, 10_000),
  lastPrimary: fc.constantFrom(undefined, primary()),
});

describe("whatever the situation is, the plan of a failover", () => {
  it("promotes once, and only behind the confirmed fence of every other possible primary", () => {
    fc.assert(
      fc.property(situation, ({ observations, ...given }) => {
        const decision = planFailover(observations, { generation, ...given });
        if (decision.outcome === "refused") return;
        const { steps, primary: chosen } = decision.plan;
        const promotions = steps.filter(({ action }) => action === "promote");
        expect(promotions.map(({ instance }) => instance)).toEqual([chosen]);
        const before = steps.slice(
          0,
          steps.findIndex(({ action }) => action === "promote"),
        );
        const confirmed = before.flatMap((step) => (step.action === "confirm-fenced" ? [step.instance] : []));
        expect(confirmed).not.toContain(chosen);
        const possible = observations.filter(
          ({ name, status: seen }) =>
            name === given.currentPrimary ||
            given.suspects.includes(name) ||
            seen?.role === "master" ||
            (seen === undefined && !given.knownReplicas.includes(name)),
        );
        expect(confirmed).toEqual(expect.arrayContaining(possible.map(({ name }) => name)));
        expect(before.map(({ action, instance }) => `${action} ${instance}`)).toContain(
          `name-primary ${chosen}`,
        );
      }),
    );
  });

  it("names only instances that are known, points none at itself, lifts only its own fences, and is JSON", () => {
    fc.assert(
      fc.property(situation, ({ observations, ...given }) => {
        const decision = planFailover(observations, { generation, ...given });
        if (decision.outcome === "refused") return;
        const { plan } = decision;
        const known = [...observations.map(({ name }) => name), given.currentPrimary, ...given.suspects];
        expect(known).toEqual(expect.arrayContaining(plan.steps.map(({ instance }) => instance)));
        const pointed = plan.steps.filter((step) => "primary" in step);
        expect(pointed.map(({ instance }) => instance)).not.toContain(plan.primary);
        expect(pointed.every(({ primary: followed }) => followed === plan.primary)).toBe(true);
        const fenced = plan.steps.filter(({ action }) => action === "fence");
        const lifted = plan.steps.filter(({ action }) => action === "unfence");
        expect(lifted.map(({ instance }) => instance)).toEqual(fenced.map(({ instance }) => instance));
        expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
      }),
    );
  });
});
