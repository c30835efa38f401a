import type { Step } from "./plan.ts";
import type { PlanTimeouts } from "./plan-timeouts.ts";

/** Steps that point running replicas at a primary: all are told before the first is waited for. */
export function followSteps(
  replicas: readonly string[],
  { primary, timeouts }: { readonly primary: string; readonly timeouts: PlanTimeouts },
): readonly Step[] {
  return [
    ...replicas.map((instance) => {
      return { action: "demote", instance, primary, timeoutMs: timeouts.roleMs } as const;
    }),
    ...replicas.map((instance) => {
      return { action: "confirm-replica", instance, primary, timeoutMs: timeouts.linkMs } as const;
    }),
  ];
}

/** Steps that take a fenced instance back as a replica of the primary that is named by then. */
export function returnSteps(
  instance: string,
  { primary, timeouts }: { readonly primary: string; readonly timeouts: PlanTimeouts },
): readonly Step[] {
  const timeoutMs = timeouts.linkMs;
  return [
    { action: "unfence", instance, primary, timeoutMs: timeouts.roleMs },
    // It starts as a replica by itself; this holds too where the address that it knows of the primary is an old one.
    { action: "demote", instance, primary, timeoutMs },
    { action: "confirm-replica", instance, primary, timeoutMs },
  ];
}
