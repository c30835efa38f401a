import type { PlanRun } from "./plan-run.ts";
import { isInPlace, requireCurrent, requireFenced } from "./plan-run.ts";
import { type Finding, pollUntilDone } from "./poll.ts";
import { describeSight } from "./sight.ts";
import { already, done, type StepOf, type StepOutcome } from "./step-outcome.ts";

/** What has to hold of a candidate, in the words of its steps. */
interface Expectation {
  readonly instance: string;
  readonly replicationId: string;
  readonly minOffset: number;
}

/** Waits until the candidate is a replica with the history and the offset asked for, and close enough to its primary. */
export async function checkCandidate(run: PlanRun, step: StepOf<"check-candidate">): Promise<StepOutcome> {
  const { instance, behind, timeoutMs } = step;
  if (await isInPlace(run)) return already("it is the primary");
  return pollUntilDone(
    async () => {
      // Asked first, so that the lag isn't understated by what is written between the two questions.
      const needed = behind === undefined ? 0 : await readOffsetNeeded(run, behind.primary);
      const offset = await readOffset(run, step);
      if (!offset.isDone) return offset;
      if (needed === undefined)
        return { isDone: false, why: `${behind?.primary} doesn't answer as a primary` };
      const lagBytes = Math.max(0, needed - offset.value);
      if (behind === undefined || lagBytes <= behind.maxLagBytes) {
        return { isDone: true, value: done(`its offset is ${offset.value}`) };
      }
      return { isDone: false, why: `it lacks ${lagBytes} bytes, ${behind.maxLagBytes} are allowed` };
    },
    { what: `${instance} to be fit for its promotion`, timeoutMs, signal: run.signal },
  );
}

/** Promotes the candidate, once the fences are confirmed anew and nobody has more of its history. */
export async function promote(run: PlanRun, step: StepOf<"promote">): Promise<StepOutcome> {
  const { instance, replicationId, fences, timeoutMs } = step;
  if (await isInPlace(run)) return already("it is the primary");
  for (const fenced of fences.instances) await run.fences.confirm(fenced, fences);
  const expected = { ...step, minOffset: findLeastOffset(run, step) };
  const minOffset = await pollUntilDone(
    async () => {
      const offset = await readOffset(run, expected);
      if (!offset.isDone) return offset;
      const ahead = await findAhead(run, step, offset.value);
      return ahead === undefined ? offset : { isDone: false, why: ahead };
    },
    { what: `${instance} to be fit for its promotion`, timeoutMs, signal: run.signal },
  );
  await requireFenced(run, { instances: fences.instances, isNamed: true });
  await run.instance(instance).promote({ minOffset, replicationId }, { signal: run.signal });
  return done(`at offset ${minOffset}`);
}

/** Waits until the plan's primary is named and answers as one. */
export async function confirmPrimary(
  run: PlanRun,
  { instance, timeoutMs }: StepOf<"confirm-primary">,
): Promise<StepOutcome> {
  await requireCurrent(run, { isNamed: true });
  return pollUntilDone(
    async () => {
      const sight = await run.lookAt(instance);
      if (sight.kind !== "status" || sight.status.role !== "master") {
        return { isDone: false, why: describeSight(sight) };
      }
      return { isDone: true, value: done(`its offset is ${sight.status.replicationOffset}`) };
    },
    { what: `${instance} to be the primary`, timeoutMs, signal: run.signal },
  );
}

/** @returns What the candidate must have: after a handover also what the old primary was last seen with, on its way down. */
function findLeastOffset(
  { plan, lastPrimaryOffset }: PlanRun,
  { minOffset, fences }: StepOf<"promote">,
): number {
  if (plan.kind !== "switchover") return minOffset;
  return Math.max(minOffset, ...fences.instances.map(lastPrimaryOffset));
}

/** @returns The candidate's offset, if it is a replica as expected. */
async function readOffset(
  run: PlanRun,
  { instance, replicationId, minOffset }: Expectation,
): Promise<Finding<number>> {
  const sight = await run.lookAt(instance);
  if (sight.kind !== "status" || sight.status.role === "master") {
    return { isDone: false, why: describeSight(sight) };
  }
  const { status } = sight;
  if (status.replicationId !== replicationId) {
    return {
      isDone: false,
      why: `its history is ${status.replicationId ?? "not told"}, not ${replicationId}`,
    };
  }
  if (status.syncInProgress === true) return { isDone: false, why: "it is receiving a full copy" };
  const { replicationOffset } = status;
  if (replicationOffset >= minOffset) return { isDone: true, value: replicationOffset };
  return { isDone: false, why: `its offset is ${replicationOffset}, below ${minOffset}` };
}

/** @returns The primary's offset; 0 once it is fenced: the promotion asks then for what it had; `undefined` if it doesn't answer. */
async function readOffsetNeeded(run: PlanRun, primary: string): Promise<number | undefined> {
  const sight = await run.lookAt(primary);
  if (sight.kind === "fenced") return 0;
  return sight.kind === "status" && sight.status.role === "master"
    ? sight.status.replicationOffset
    : undefined;
}

/** @returns Which rival has more of the same history, in a few words. */
async function findAhead(
  run: PlanRun,
  { rivals, replicationId }: StepOf<"promote">,
  offset: number,
): Promise<string | undefined> {
  for (const rival of rivals) {
    const sight = await run.lookAt(rival);
    if (sight.kind !== "status" || sight.status.replicationId !== replicationId) continue;
    const { replicationOffset } = sight.status;
    if (replicationOffset > offset) return `${rival} has more: ${replicationOffset}, against ${offset}`;
  }
  return undefined;
}
