import type { Plan } from "./plan.ts";
import { returnSteps } from "./plan-steps.ts";
import { defaultPlanTimeouts, type PlanTimeouts, toConfirmation } from "./plan-timeouts.ts";

/** What {@link planRejoin} needs. */
export interface RejoinOptions {
  /** The primary that it is to follow, named by `status.currentPrimary` already. */
  readonly primary: string;
  /** One more than that of the last plan of this RedisCluster. */
  readonly generation: number;
  /** In place of {@link defaultPlanTimeouts}. */
  readonly timeouts?: Partial<PlanTimeouts> | undefined;
}

/**
 * Plans to make an instance a replica of the named primary by way of a fence: one whose fence a failover has left in place,
 * since nobody saw it down then, or one that answers as a second primary. What it holds beyond the primary's data is lost.
 *
 * @throws TypeError if it is the primary itself.
 */
export function planRejoin(instance: string, options: RejoinOptions): Plan {
  const { primary, generation } = options;
  if (instance === primary) throw new TypeError(`${instance} is the primary: it can't rejoin itself`);
  const timeouts = { ...defaultPlanTimeouts, ...options.timeouts };
  const steps: Plan["steps"] = [
    { action: "confirm-primary", instance: primary, timeoutMs: timeouts.roleMs },
    { action: "fence", instance },
    { action: "confirm-fenced", instance, ...toConfirmation(timeouts, undefined) },
    ...returnSteps(instance, { primary, timeouts }),
  ];
  return { kind: "rejoin", generation, primary, steps };
}
