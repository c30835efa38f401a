import { expect, vi } from "vitest";
import {
  type ExecuteOptions,
  executePlan,
  type FailoverOptions,
  type Plan,
  planFailover,
  type PlanResult,
  planSwitchover,
} from "../../src/failover/index.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";

/** The pods of a cluster; the first is its primary. */
export const names = ["a", "b", "c"] as const;
/** Of every plan, and of every cluster at its start. */
export const generation = 1;

/** Carries a plan out, in the model's own time: plans wait for minutes. */
export async function execute(
  plan: Plan,
  world: SimulatedCluster,
  options: Partial<ExecuteOptions> = {},
): Promise<PlanResult> {
  const result = executePlan(plan, { instance: world.instance, cluster: world.cluster, ...options });
  await vi.runAllTimersAsync();
  return result;
}

/** The plan of a failover from `a`. */
export function failoverOf(world: SimulatedCluster, options: Partial<FailoverOptions> = {}): Plan {
  const decision = planFailover(world.observe(), { generation, currentPrimary: "a", ...options });
  if (decision.outcome === "refused") throw new Error(JSON.stringify(decision.selection));
  return decision.plan;
}

/** The plan of a switchover from `a` to `b`. */
export function switchoverOf(world: SimulatedCluster): Plan {
  const decision = planSwitchover(world.observe(), { from: "a", to: "b", generation });
  if (decision.outcome === "refused") throw new Error(decision.detail);
  return decision.plan;
}

/** The cluster as it is to be at the end: one primary, which is named, and everybody else follows it. */
export function expectWhole(world: SimulatedCluster, primary: string): void {
  expect(world.state.currentPrimary).toBe(primary);
  expect(world.writable()).toEqual([primary]);
  expect(world.state.fenced).toEqual(new Set());
  const others = world.observe().filter(({ name }) => name !== primary);
  const following = { role: "slave", masterLinkStatus: "up", primary: { host: primary } };
  expect(others).toMatchObject(others.map(() => ({ status: following })));
}
