import type { Plan } from "@redis-operator/client/failover";
import { planTimeouts } from "./plan-timeouts.ts";

/**
 * Plans the way back of a switchover that was stopped before its promotion: the old primary is named again, and its fence lifted. It has
 * everything that was ever acknowledged. Should the candidate have been promoted all the same, it is seen as a second primary afterwards.
 *
 * @throws TypeError if the plan names nobody in the place of another.
 */
export function planReturn({ generation, primary: candidate, steps }: Plan): Plan {
  const naming = steps.find((step) => step.action === "name-primary");
  const old = naming?.previous ?? undefined;
  if (old === undefined) throw new TypeError(`plan ${generation} has no primary to go back to`);
  const { roleMs, linkMs } = planTimeouts;
  return {
    kind: "failover",
    generation: generation + 1,
    primary: old,
    steps: [
      { action: "name-primary", instance: old, previous: candidate },
      { action: "unfence", instance: old, primary: old, timeoutMs: roleMs },
      { action: "confirm-primary", instance: old, timeoutMs: linkMs },
    ],
  };
}
