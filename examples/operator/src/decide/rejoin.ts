import { planRejoin } from "@redis-operator/client/failover";
import { planTimeouts } from "./plan-timeouts.ts";
import type { Action, Situation } from "./situation.ts";

/** Plans the return of an instance as a replica of the named primary. */
export function rejoin(
  instance: string,
  {
    situation,
    primary,
    why,
  }: { readonly situation: Situation; readonly primary: string; readonly why: string },
): Action {
  const generation = situation.cluster.state.generation + 1;
  const plan = planRejoin(instance, { primary, generation, timeouts: planTimeouts });
  return { action: "begin", plan, why: `${instance} is to follow ${primary}: ${why}` };
}
