import {
  ManagerError,
  ManagerRefusedError,
  ManagerTimedOutError,
  ManagerUnreachableError,
} from "@redis-operator/client";
import { FailoverError, type Plan, type PlanResult } from "@redis-operator/client/failover";
import { PlanOvertakenError } from "../plan-book.ts";
import { planReturn } from "./plan-return.ts";

/** A plan that didn't come to its end. */
export type StoppedPlan = Extract<PlanResult, { readonly outcome: "stopped" }>;

/** What becomes of it. */
export type AfterStop =
  /** It stays as it is written down: the next round, or the next operator, goes on with it. */
  | { readonly fate: "leave" }
  /** The next round looks anew. */
  | { readonly fate: "drop"; readonly suspects: readonly string[] }
  /** Another plan takes its place at once. */
  | { readonly fate: "replace"; readonly plan: Plan };

/**
 * Decides what becomes of a plan that was stopped.
 *
 * A failover goes on until its candidate turns out to be unfit. A switchover goes back, by which nothing is lost, unless the candidate
 * may have been promoted. What is left once the new primary is in place is for the next rounds, which see it as they would see
 * it without a plan.
 */
export function decideAfterStop(plan: Plan, { step, error, mayTakeWrites }: StoppedPlan): AfterStop {
  const code = error instanceof FailoverError ? error.code : undefined;
  if (code === "PLAN_ABORTED" || error instanceof PlanOvertakenError) return { fate: "leave" };
  if (code === "PLAN_SUPERSEDED") return { fate: "drop", suspects: mayTakeWrites };
  if (plan.kind === "rejoin") return { fate: "drop", suspects: [] };
  switch (step.action) {
    case "fence":
    case "confirm-fenced":
    case "name-primary":
      return plan.kind === "switchover" ? goBack(plan) : { fate: "leave" };
    case "promote":
      if (plan.kind === "switchover") return mayBeDone(error) ? { fate: "leave" } : goBack(plan);
      return isUnfit(error) ? { fate: "drop", suspects: mayTakeWrites } : { fate: "leave" };
    case "check-candidate":
    case "confirm-primary":
    case "demote":
    case "confirm-replica":
    case "unfence":
      return { fate: "drop", suspects: [] };
    default:
      return step satisfies never;
  }
}

function goBack(plan: Plan): AfterStop {
  return { fate: "replace", plan: planReturn(plan) };
}

/** Whether a promotion may have been carried out although it failed: nobody answered, or a manager that calls its outcome unknown. */
function mayBeDone(error: Error): boolean {
  if (error instanceof ManagerRefusedError) return error.status >= 500;
  return error instanceof ManagerTimedOutError || error instanceof ManagerUnreachableError;
}

/** Whether a promotion failed for want of a fit candidate, and not for want of an answer. */
function isUnfit(error: Error): boolean {
  return error instanceof FailoverError || (error instanceof ManagerError && !error.isTransient);
}
