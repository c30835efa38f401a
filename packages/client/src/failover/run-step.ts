import { checkCandidate, confirmPrimary, promote } from "./candidate-steps.ts";
import { confirmFenced, fence, namePrimary, unfence } from "./fence-steps.ts";
import type { Step } from "./plan.ts";
import type { PlanRun } from "./plan-run.ts";
import { confirmReplica, demote } from "./replica-steps.ts";
import type { StepOutcome } from "./step-outcome.ts";

/** Carries out one step. Each looks first, so that it may be repeated. @throws What stops the plan. */
export function runStep(run: PlanRun, step: Step): Promise<StepOutcome> {
  switch (step.action) {
    case "check-candidate":
      return checkCandidate(run, step);
    case "fence":
      return fence(run, step);
    case "confirm-fenced":
      return confirmFenced(run, step);
    case "name-primary":
      return namePrimary(run, step);
    case "promote":
      return promote(run, step);
    case "confirm-primary":
      return confirmPrimary(run, step);
    case "demote":
      return demote(run, step);
    case "confirm-replica":
      return confirmReplica(run, step);
    case "unfence":
      return unfence(run, step);
    default:
      return step satisfies never;
  }
}
