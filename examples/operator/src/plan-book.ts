import type { Plan } from "@redis-operator/client/failover";
import {
  annotations,
  type ClusterChange,
  type OperatorState,
  type RedisCluster,
  type RedisClusterStore,
} from "./kubernetes/redis-cluster.ts";

/** Another operator has stored a plan meanwhile: this one's is void. */
export class PlanOvertakenError extends Error {
  override readonly name = "PlanOvertakenError";
  readonly code = "PLAN_OVERTAKEN";
}

/** Where the plan that is under way is written down, so that an operator that was restarted goes on with it. */
export interface PlanBook {
  /** Writes a plan down before its first step, and whom it fences. @throws PlanOvertakenError */
  begin(plan: Plan, signal: AbortSignal): Promise<void>;
  /** Notes the step that is about to be carried out. @throws PlanOvertakenError */
  advance(plan: Plan, options: { readonly startAt: number; readonly signal: AbortSignal }): Promise<void>;
  /** Strikes it out. `suspects` stay for the next failover. @throws PlanOvertakenError */
  end(
    plan: Plan,
    options: { readonly suspects: readonly string[]; readonly signal: AbortSignal },
  ): Promise<void>;
}

/** Creates the book that is an annotation of the RedisCluster. */
export function createPlanBook(store: RedisClusterStore): PlanBook {
  return {
    begin: (plan, signal) =>
      store.update((cluster) => {
        requireGeneration(cluster, plan.generation - 1);
        const { fences, suspects } = cluster.state;
        const own = plan.steps.flatMap((step) => (step.action === "fence" ? [step.instance] : []));
        const begun = write({
          generation: plan.generation,
          running: { plan, startAt: 0 },
          fences: [...new Set([...fences, ...own])],
          suspects,
        });
        return plan.kind === "switchover" ? withoutRequest(begun) : begun;
      }, signal),

    advance: (plan, { startAt, signal }) =>
      store.update((cluster) => {
        requireGeneration(cluster, plan.generation);
        return write({ ...cluster.state, running: { plan, startAt } });
      }, signal),

    end: (plan, { suspects, signal }) =>
      store.update((cluster) => {
        requireGeneration(cluster, plan.generation);
        const fences = cluster.state.fences.filter((name) => cluster.fenced.includes(name));
        return write({ generation: plan.generation, fences, suspects: [...suspects] });
      }, signal),
  };
}

function write(state: OperatorState): ClusterChange {
  return { annotations: { [annotations.operator]: JSON.stringify(state) } };
}

// The plan holds what was asked for; asked for twice, it would be undone by the next failover.
function withoutRequest({ annotations: written }: ClusterChange): ClusterChange {
  return { annotations: { ...written, [annotations.switchoverTo]: null } };
}

function requireGeneration({ state }: RedisCluster, expected: number): void {
  if (state.generation === expected) return;
  throw new PlanOvertakenError(`the RedisCluster stands at plan ${state.generation}, not at ${expected}`);
}
