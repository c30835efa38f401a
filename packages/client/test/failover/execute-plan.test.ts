import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { executePlan, planRejoin } from "../../src/failover/index.ts";
import { execute, expectWhole, failoverOf, generation, names, switchoverOf } from "./play.ts";
import { type SimulatedCluster, simulateCluster } from "./simulated-cluster.ts";

// Plans wait for minutes of the model's time.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a switchover", () => {
  it("hands over, in this order, and nobody else takes writes meanwhile", async () => {
    const world = simulateCluster(names, 2);
    const result = await execute(switchoverOf(world), world);
    expect(result).toMatchObject({ outcome: "completed", leftFenced: [] });
    expect(world.orders).toEqual(["fence a", "name b", "promote b", "demote c to b", "unfence a"]);
    expect(world.mostWritable()).toBe(1);
    expectWhole(world, "b");
  });

  it("changes nothing while the candidate lags, and stops in the end", async () => {
    const world = simulateCluster(names);
    const plan = switchoverOf(world);
    world.cut("b");
    expect(await execute(plan, world)).toMatchObject({
      outcome: "stopped",
      index: 0,
      error: { code: "STEP_TIMED_OUT" },
      mayTakeWrites: ["a"],
      next: expect.stringContaining("Nothing was changed"),
    });
    expect(world.orders).toEqual([]);
  });

  it("promotes nobody who has less than the old primary had, or than another replica has", async () => {
    const world = simulateCluster(names);
    const plan = switchoverOf(world);
    // It is cut off right after its check, and comes back when the old primary is down.
    world.atCall(3, { happens: () => world.cut("b") });
    const heal = setInterval(() => {
      if (world.writable().length > 0) return;
      world.heal("b");
      clearInterval(heal);
    }, 10);
    const result = await execute(plan, world);
    expect(result).toMatchObject({ outcome: "stopped", step: { action: "promote" }, mayTakeWrites: ["b"] });
    expect(world.orders).toEqual(["fence a", "name b"]);
  });
});

describe("a switchover whose candidate loses its link on the way", () => {
  it("isn't gone through with: what the old primary was last seen with is missing", async () => {
    const world = simulateCluster(["a", "b"], 12);
    const plan = switchoverOf(world);
    const heal = setInterval(() => {
      if (world.writable().length > 0) return;
      world.heal("b");
      clearInterval(heal);
    }, 10);
    const result = await execute(plan, world, {
      onStep: ({ phase, step }) => {
        if (phase === "started" && step.action === "confirm-fenced") world.cut("b");
      },
    });
    expect(result).toMatchObject({
      step: { action: "promote" },
      error: { message: expect.stringContaining("below") },
      next: expect.stringContaining("name the old primary again"),
    });
    expect(world.orders).toEqual(["fence a", "name b"]);
  });
});

describe("a failover", () => {
  it("doesn't go past a fence that isn't confirmed", async () => {
    const world = simulateCluster(names);
    world.cut("a");
    const result = await execute(failoverOf(world), world);
    expect(result).toMatchObject({
      outcome: "stopped",
      step: { action: "confirm-fenced", instance: "a" },
      error: { code: "STEP_TIMED_OUT", message: expect.stringContaining("no route") },
      mayTakeWrites: ["a"],
      next: expect.stringContaining("Nobody was promoted"),
    });
    expect(world.orders).toEqual(["fence a"]);
    expect(world.writable()).toEqual(["a"]);
  });

  it("goes on where it stopped, once the old primary shows that it is fenced", async () => {
    const world = simulateCluster(names);
    world.cut("a");
    const plan = failoverOf(world);
    const stopped = await execute(plan, world);
    world.heal("a");
    expect(
      stopped.outcome === "stopped" && (await execute(plan, world, { startAt: stopped.index })),
    ).toMatchObject({
      outcome: "completed",
      leftFenced: [],
    });
    expectWhole(world, "b");
    expect(world.mostWritable()).toBe(1);
  });

  it("takes a pod that is gone for fenced, and lifts the fence for the one that comes in its place", async () => {
    const world = simulateCluster(names);
    world.remove("a");
    const result = await execute(failoverOf(world), world);
    expect(result).toMatchObject({ outcome: "completed", leftFenced: [] });
    expect(result.completed.slice(-2)).toMatchObject([{ outcome: "skipped" }, { outcome: "skipped" }]);
    expect(world.writable()).toEqual(["b"]);
    expect(world.state.fenced).toEqual(new Set());
  });

  it("takes silence for a fence only after the time that the caller states, and leaves that fence in place", async () => {
    const world = simulateCluster(names);
    world.cut("a", 10_000);
    const before = performance.now();
    const result = await execute(failoverOf(world, { selfFencedAfterMs: 10_000 }), world);
    expect(result).toMatchObject({ outcome: "completed", leftFenced: ["a"] });
    expect(performance.now() - before).toBeGreaterThanOrEqual(10_000);
    expect(world.mostWritable()).toBe(1);

    world.heal("a");
    world.state.generation += 1;
    const rejoin = planRejoin("a", { primary: "b", generation: 2 });
    expect(await execute(rejoin, world)).toMatchObject({ outcome: "completed", leftFenced: [] });
    expectWhole(world, "b");
  });

  it("counts silence anew after every answer", async () => {
    const world = simulateCluster(names, 1_000);
    world.cut("a");
    const plan = failoverOf(world, { selfFencedAfterMs: 10_000 });
    setTimeout(() => world.heal("a"), 5_000);
    setTimeout(() => world.cut("a", 10_000), 8_000);
    const before = performance.now();
    expect(await execute(plan, world)).toMatchObject({ outcome: "completed" });
    expect(world.mostWritable()).toBe(1);
    expect(performance.now() - before).toBeGreaterThanOrEqual(18_000);
  });

  it("relies on no fence that it hasn't confirmed itself, when it goes on with the promotion", async () => {
    const world = simulateCluster(names);
    world.cut("a");
    const plan = failoverOf(world);
    world.state.fenced.add("a");
    world.state.currentPrimary = "b";
    const startAt = plan.steps.findIndex(({ action }) => action === "promote");
    const result = await execute(plan, world, { startAt });
    expect(result).toMatchObject({
      index: startAt,
      error: { code: "STEP_TIMED_OUT" },
      mayTakeWrites: ["a", "b"],
    });
    expect(world.orders).toEqual([]);
  });

  it.each([
    ["another plan was made", (world: SimulatedCluster) => void (world.state.generation += 1)],
    ["another primary was named", (world: SimulatedCluster) => void (world.state.currentPrimary = "c")],
    ["the fence was lifted", (world: SimulatedCluster) => void world.state.fenced.delete("a")],
  ])("promotes nobody any more once %s", async (_, supersede) => {
    const world = simulateCluster(names);
    world.remove("a");
    const result = await execute(failoverOf(world), world, {
      onStep: ({ phase, step }) => {
        if (phase === "started" && step.action === "promote") supersede(world);
      },
    });
    expect(result).toMatchObject({
      outcome: "stopped",
      step: { action: "promote" },
      error: { code: "PLAN_SUPERSEDED" },
      next: expect.stringContaining("Drop this plan"),
    });
    expect(world.orders).not.toContain("promote b");
  });

  it("leaves a replica alone that answers as a primary by then", async () => {
    const world = simulateCluster(names);
    world.remove("a");
    const result = await execute(failoverOf(world), world, {
      onStep: async ({ phase, step }) => {
        if (phase === "started" && step.action === "demote") {
          await world.instance("c").promote({ replicationId: "id-of-a" });
        }
      },
    });
    expect(result).toMatchObject({
      step: { action: "demote", instance: "c" },
      error: { code: "PLAN_SUPERSEDED" },
    });
  });
});

describe("the resolution of a split brain by rejoins", () => {
  it("makes the other primary a replica of the named one", async () => {
    const world = simulateCluster(names);
    await world.instance("c").promote({ replicationId: "id-of-a" });
    expect(world.writable()).toEqual(["a", "c"]);
    await execute(planRejoin("c", { primary: "a", generation }), world);
    expectWhole(world, "a");
  });

  it("touches nothing while another is named", async () => {
    const world = simulateCluster(names);
    const result = await execute(planRejoin("a", { primary: "b", generation }), world);
    expect(result).toMatchObject({ outcome: "stopped", index: 0, error: { code: "PLAN_SUPERSEDED" } });
    expect(world.orders).toEqual([]);
  });
});

describe("every step", () => {
  it("is told before and after, and not begun before the one who is told has ended", async () => {
    const world = simulateCluster(names);
    const plan = switchoverOf(world);
    const told: string[] = [];
    await execute(plan, world, {
      onStep: async ({ phase, index, step }) => {
        const ordersBefore = world.orders.length;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        expect(world.orders).toHaveLength(ordersBefore);
        told.push(`${phase} ${index} ${step.action}`);
      },
    });
    expect(told).toEqual(
      plan.steps.flatMap(({ action }, index) => [`started ${index} ${action}`, `ended ${index} ${action}`]),
    );
  });

  it("stops the plan if it can't be told", async () => {
    const world = simulateCluster(names);
    const result = await execute(switchoverOf(world), world, {
      onStep: ({ phase, index }) => {
        if (phase === "ended" && index === 1) throw new Error("the status can't be written");
      },
    });
    expect(result).toMatchObject({ outcome: "stopped", index: 1, completed: [{ index: 0 }, { index: 1 }] });
  });

  it("ends with the caller's signal, in the middle of a wait too", async () => {
    const world = simulateCluster(names);
    world.cut("a");
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("shutdown")), 5_000);
    const before = performance.now();
    const result = await execute(failoverOf(world), world, { signal: controller.signal });
    expect(result).toMatchObject({ step: { action: "confirm-fenced" }, error: { code: "PLAN_ABORTED" } });
    expect(performance.now() - before).toBe(5_000);
  });

  it("ends in time where a port never answers", async () => {
    const world = simulateCluster(names);
    const cluster = { ...world.cluster, fence: () => new Promise<never>(() => undefined) };
    const result = await execute(switchoverOf(world), world, { cluster });
    expect(result).toMatchObject({ step: { action: "fence" }, error: { code: "STEP_TIMED_OUT" } });
  });

  it.each([-1, 12, 0.5])("isn't found at the index %s", async (startAt) => {
    const world = simulateCluster(names);
    await expect(executePlan(switchoverOf(world), { ...world, startAt })).rejects.toThrow(RangeError);
  });
});
