import type { InstanceClient } from "@redis-operator/client";
import { type ClusterPort, executePlan, type Plan, type StepEvent } from "@redis-operator/client/failover";
import { decideAfterStop } from "./decide/after-stop.ts";
import type { Log } from "./log.ts";
import type { PlanBook } from "./plan-book.ts";

/** What {@link carryOut} needs. */
export interface CarryOutOptions {
  /** The step to begin with. */
  readonly startAt: number;
  readonly cluster: ClusterPort;
  readonly book: PlanBook;
  readonly instance: (name: string) => InstanceClient;
  readonly log: Log;
  /** Leaves the plan where it is; it is gone on with by the next operator. */
  readonly signal: AbortSignal;
}

/** Carries out a plan that is written down, and writes down how far it came. */
export async function carryOut(plan: Plan, options: CarryOutOptions): Promise<void> {
  const { startAt, cluster, book, instance, log, signal } = options;
  const { kind, generation, primary } = plan;

  async function onStep(event: StepEvent): Promise<void> {
    const { phase, index, step } = event;
    if (phase === "started") return book.advance(plan, { startAt: index, signal });
    const { outcome, detail } = event;
    log.info("step ended", {
      kind,
      generation,
      action: step.action,
      instance: step.instance,
      outcome,
      detail,
    });
  }

  const result = await executePlan(plan, { startAt, instance, cluster, onStep, signal });
  if (result.outcome === "completed") {
    await book.end(plan, { suspects: [], signal });
    log.info("plan completed", { kind, generation, primary, leftFenced: result.leftFenced });
    return;
  }
  const { step, error, next, mayTakeWrites } = result;
  const after = decideAfterStop(plan, result);
  log.warn("plan stopped", {
    kind,
    generation,
    step: step.action,
    error,
    mayTakeWrites,
    advice: next,
    fate: after.fate,
  });
  if (after.fate === "drop") await book.end(plan, { suspects: after.suspects, signal });
  if (after.fate === "replace") await book.begin(after.plan, signal);
}
