import { FailoverError } from "./failover-error.ts";
import type { Action, Plan } from "./plan.ts";
import type { PlanRun } from "./plan-run.ts";

/** How the cluster stands after a stop, and what is to be done. */
export interface StopAdvice {
  /**
   * Instances that may take writes now, or come to take some. They are the `suspects` of a failover that is planned in the place
   * of this plan.
   */
  readonly mayTakeWrites: readonly string[];
  /** What to do, for people. */
  readonly next: string;
}

const untouched = "Nothing was changed. Plan anew from fresh statuses, or with another candidate.";
const notPromoted =
  "Nobody was promoted. Go on with the plan, or go back: name the old primary if another is named by now, then lift its fence.";
const promotionOpen =
  "Read the candidate's status: its promotion may have been carried out. Go on with the plan. If the candidate isn't fit any more, plan a failover anew, with mayTakeWrites as its suspects; or go back: name the old primary again, then lift its fence.";
const promoted = "The new primary is in place. Go on with the plan, or plan what is left anew.";

const nextSteps: Readonly<Record<Action, string>> = {
  "check-candidate": untouched,
  fence: notPromoted,
  "confirm-fenced": notPromoted,
  "name-primary": notPromoted,
  promote: promotionOpen,
  "confirm-primary": promotionOpen,
  demote: promoted,
  "confirm-replica": promoted,
  unfence: promoted,
};

const superseded = "Drop this plan: it isn't the one that counts any more. Plan anew from fresh statuses.";

/** Tells what a stop before or in the middle of a step leaves behind. */
export function adviseAfterStop(
  { plan, fences }: Pick<PlanRun, "plan" | "fences">,
  { index, error }: { readonly index: number; readonly error: Error },
): StopAdvice {
  const action = plan.steps[index]?.action ?? "check-candidate";
  const isSuperseded = error instanceof FailoverError && error.code === "PLAN_SUPERSEDED";
  const isRejoin = plan.kind === "rejoin";
  const next = isSuperseded ? superseded : isRejoin ? "Go on with the plan, or drop it." : nextSteps[action];
  // A candidate that is named becomes the primary when it restarts. A name whose reply was lost may have been set.
  const isNamed = isRejoin || index >= positionOf(plan, "name-primary");
  const hasPromoted = !isRejoin && index > positionOf(plan, "promote");
  const old = hasPromoted ? [] : fencedIn(plan).filter((instance) => !fences.isConfirmed(instance));
  return { mayTakeWrites: isNamed ? [...old, plan.primary] : old, next };
}

function fencedIn({ steps }: Plan): readonly string[] {
  return steps.flatMap((step) => (step.action === "fence" ? [step.instance] : []));
}

function positionOf({ steps }: Plan, action: Action): number {
  return steps.findIndex((step) => step.action === action);
}
