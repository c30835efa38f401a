import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Plan, PlanResult } from "../../src/failover/index.ts";
import { execute, expectWhole, failoverOf, names, switchoverOf } from "./play.ts";
import { type SimulatedCluster, simulateCluster } from "./simulated-cluster.ts";

// Plans wait for minutes of the model's time.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Goes on with a plan that was stopped, from so many steps before the one that failed. */
async function goOn(
  plan: Plan,
  {
    world,
    first,
    backSteps,
  }: { readonly world: SimulatedCluster; readonly first: PlanResult; readonly backSteps: number },
): Promise<PlanResult> {
  if (first.outcome === "completed") return first;
  return execute(plan, world, { startAt: Math.max(0, first.index - backSteps) });
}

const accident = fc.record({
  at: fc.integer({ min: 0, max: 60 }),
  fault: fc.constantFrom(undefined, "before", "after"),
  restarted: fc.constantFrom(undefined, ...names),
  fenceDelay: fc.integer({ min: 0, max: 20 }),
  // From which step on it is gone on with: the one that failed, or any that was done before.
  backSteps: fc.nat({ max: 12 }),
});
const begins = {
  switchover: (fenceDelay: number) => {
    const world = simulateCluster(names, fenceDelay);
    return { world, plan: switchoverOf(world) };
  },
  "failover from a primary that doesn't answer for a while": (fenceDelay: number) => {
    const world = simulateCluster(names, fenceDelay);
    world.cut("a");
    const plan = failoverOf(world);
    world.heal("a");
    return { world, plan };
  },
  "failover from one that holds its writes": (fenceDelay: number) => {
    const world = simulateCluster(names, fenceDelay);
    world.cut("a", 10_000);
    const plan = failoverOf(world, { selfFencedAfterMs: 10_000 });
    setTimeout(() => world.heal("a"), 30_000);
    return { world, plan };
  },
} as const;

describe.each(["switchover", "failover from a primary that doesn't answer for a while"] as const)(
  "whatever call of a %s fails, and whoever restarts then",
  (kind) => {
    it("at most one instance takes writes, and the plan comes to its end when it is gone on with", async () => {
      await fc.assert(
        fc.asyncProperty(accident, async ({ at, fault, restarted, fenceDelay, backSteps }) => {
          const { world, plan } = begins[kind](fenceDelay);
          world.atCall(at, {
            ...(fault !== undefined && { fault }),
            happens: () => {
              if (restarted !== undefined) world.restart(restarted);
            },
          });
          const first = await execute(plan, world);
          const told = first.outcome === "stopped" ? first.mayTakeWrites : ["b"];
          expect(told).toEqual(expect.arrayContaining([...world.writable()]));
          expect(await goOn(plan, { world, first, backSteps })).toMatchObject({ outcome: "completed" });
          expect(world.mostWritable()).toBe(1);
          expect(world.orders.filter((order) => order === "promote b").length).toBeLessThanOrEqual(1);
          expectWhole(world, "b");
        }),
        { numRuns: 500 },
      );
    });
  },
);

describe("whatever call of a failover from a primary that holds its writes fails", () => {
  it("at most one instance takes writes", async () => {
    await fc.assert(
      fc.asyncProperty(accident, async ({ at, fault, fenceDelay }) => {
        const { world, plan } = begins["failover from one that holds its writes"](fenceDelay);
        world.atCall(at, fault === undefined ? {} : { fault });
        const first = await execute(plan, world);
        expect(await goOn(plan, { world, first, backSteps: 0 })).toMatchObject({ outcome: "completed" });
        expect(world.mostWritable()).toBe(1);
      }),
      { numRuns: 200 },
    );
  });
});
