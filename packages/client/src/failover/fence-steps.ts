import { FailoverError } from "./failover-error.ts";
import type { PlanRun } from "./plan-run.ts";
import { isInPlace, requireCurrent, requireFenced } from "./plan-run.ts";
import { already, done, skipped, type StepOf, type StepOutcome } from "./step-outcome.ts";

/** Sets a fence, unless its time is over: who was fenced may be back as a replica by then. */
export async function fence(run: PlanRun, { instance }: StepOf<"fence">): Promise<StepOutcome> {
  if (await isInPlace(run)) return already(inPlace(run));
  const state = await requireCurrent(run, { isNamed: false });
  if (state.fenced.includes(instance)) return already("redis.io/fencedInstances names it");
  await run.cluster.fence(instance);
  return done("redis.io/fencedInstances names it");
}

/** Waits until a fenced instance takes no writes. */
export async function confirmFenced(run: PlanRun, step: StepOf<"confirm-fenced">): Promise<StepOutcome> {
  const { instance } = step;
  if (await isInPlace(run)) return already(inPlace(run));
  await requireFenced(run, { instances: [instance], isNamed: false });
  return done(await run.fences.confirm(instance, step));
}

/** Names the plan's primary, in the place of its predecessor. */
export async function namePrimary(run: PlanRun, step: StepOf<"name-primary">): Promise<StepOutcome> {
  const state = await requireCurrent(run, { isNamed: false });
  if (state.currentPrimary === step.instance) return already("status.currentPrimary names it");
  await run.cluster.namePrimary(step.instance, step.previous ?? undefined);
  return done(`in place of ${step.previous ?? "nobody"}`);
}

/**
 * Lifts a fence, once its Redis is seen to be down: it starts as a replica then, since another is named. One that goes on as a
 * primary where nobody sees it has to find the fence when it is back.
 */
export async function unfence(
  run: PlanRun,
  { instance, timeoutMs }: StepOf<"unfence">,
): Promise<StepOutcome> {
  const state = await requireCurrent(run, { isNamed: true });
  if (!state.fenced.includes(instance)) return already("redis.io/fencedInstances doesn't name it");
  const isDown = await run.fences.confirm(instance, { timeoutMs }).catch(leaveInTime);
  if (isDown === undefined) return skipped("its fence stays: nobody has seen it down");
  await requireFenced(run, { instances: [instance], isNamed: true });
  await run.cluster.unfence(instance);
  return done(isDown);
}

function leaveInTime(error: unknown): undefined {
  if (error instanceof FailoverError && error.code === "STEP_TIMED_OUT") return undefined;
  throw error;
}

function inPlace({ plan }: PlanRun): string {
  return `${plan.primary} is the primary`;
}
