import { FailoverError } from "./failover-error.ts";
import type { Plan, Step } from "./plan.ts";
import { createPlanRun, type PlanRunDeps } from "./plan-run.ts";
import { requireNotAborted } from "./poll.ts";
import { runStep } from "./run-step.ts";
import type { StepOutcome } from "./step-outcome.ts";
import { adviseAfterStop, type StopAdvice } from "./stop-advice.ts";

/** What {@link executePlan} needs. */
export interface ExecuteOptions extends Omit<PlanRunDeps, "signal"> {
  /** The index of the first step. Default 0. What comes before it is not relied on: a promotion confirms its fences anew. */
  readonly startAt?: number | undefined;
  /**
   * Is told of every step before it and after it, and waited for: where the index is stored before the plan goes on, a restarted
   * operator goes on there. If it throws, the plan is stopped.
   */
  readonly onStep?: ((event: StepEvent) => void | Promise<void>) | undefined;
  /** Stops the plan as soon as possible. A call to a manager that is under way may still have its effect. */
  readonly signal?: AbortSignal | undefined;
}

/** A step that ended well. */
export interface StepReport extends StepOutcome {
  readonly index: number;
  readonly step: Step;
}

/** What is told of a step. */
export type StepEvent =
  | { readonly phase: "started"; readonly index: number; readonly step: Step }
  | ({ readonly phase: "ended" } & StepReport);

/** How a plan ended. */
export type PlanResult =
  | {
      readonly outcome: "completed";
      readonly completed: readonly StepReport[];
      /** Instances whose fence was left in place, since nobody saw them down: `planRejoin` takes them back later. */
      readonly leftFenced: readonly string[];
    }
  | ({
      readonly outcome: "stopped";
      /** The step that could not be carried out; it is the one to go on with. */
      readonly index: number;
      readonly step: Step;
      readonly error: Error;
      /** What was carried out by this call. */
      readonly completed: readonly StepReport[];
    } & StopAdvice);

/**
 * Carries a plan out, step after step, and stops at the first that fails: nobody is promoted past a fence that isn't confirmed.
 *
 * Before every change it reads the RedisCluster anew, and stops if another plan or another primary stands there. Every step looks
 * before it acts, so that a plan may be gone on with from any step that came before, after a stop or a restart of the operator.
 * Only one operator may carry out plans for a cluster at a time: between the last look and the promotion lies one call.
 *
 * @throws RangeError if `startAt` names no step. Whatever goes wrong with a step is in the result.
 */
export async function executePlan(plan: Plan, options: ExecuteOptions): Promise<PlanResult> {
  const { startAt = 0, onStep, signal } = options;
  if (!Number.isInteger(startAt) || startAt < 0 || startAt > plan.steps.length) {
    throw new RangeError(`startAt is ${startAt}: the plan has ${plan.steps.length} steps`);
  }
  const run = createPlanRun(plan, { instance: options.instance, cluster: options.cluster, signal });
  const completed: StepReport[] = [];
  for (const [index, step] of plan.steps.entries()) {
    if (index < startAt) continue;
    try {
      requireNotAborted(signal);
      await onStep?.({ phase: "started", index, step });
      const report = { index, step, ...(await runStep(run, step)) };
      completed.push(report);
      await onStep?.({ phase: "ended", ...report });
    } catch (thrown) {
      const error = toError(thrown, signal);
      const advice = adviseAfterStop(run, { index, error });
      return { outcome: "stopped", index, step, error, completed, ...advice };
    }
  }
  const leftFenced = completed.flatMap(({ step, outcome }) => {
    return step.action === "unfence" && outcome === "skipped" ? [step.instance] : [];
  });
  return { outcome: "completed", completed, leftFenced };
}

// An abort shows as whatever was under way.
function toError(thrown: unknown, signal: AbortSignal | undefined): Error {
  if (signal?.aborted === true) {
    return new FailoverError("PLAN_ABORTED", "the plan was aborted by its caller", { cause: thrown });
  }
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}
