import type { ReplicaStatus } from "../contract/types.ts";
import { ManagerError } from "../errors.ts";
import { FailoverError } from "./failover-error.ts";
import type { PlanRun } from "./plan-run.ts";
import { requireCurrent } from "./plan-run.ts";
import { type Finding, pollUntilDone } from "./poll.ts";
import { describeSight } from "./sight.ts";
import { already, done, skipped, type StepOf, type StepOutcome } from "./step-outcome.ts";

type Address = NonNullable<ReplicaStatus["primary"]>;

// Nothing makes these right by waiting.
const finalCodes: ReadonlySet<string> = new Set([
  "CALL_ABORTED",
  "DEMOTE_TARGET_IS_SELF",
  "DEMOTE_TARGET_NOT_PRIMARY",
  "INVALID_REQUEST",
]);

/** Points a replica at the plan's primary. One that comes back from a fence is waited for until it has loaded. */
export function demote(run: PlanRun, step: StepOf<"demote">): Promise<StepOutcome> {
  const { instance } = step;
  return pollReplica(run, step, async (status, address) => {
    const what = `it follows ${address.host} port ${address.port}`;
    if (isFollowing(status, address)) return { isDone: true, value: already(what) };
    await requireCurrent(run, { isNamed: true });
    const failure = await tryDemote(run, { instance, address });
    return failure === undefined ? { isDone: true, value: done(what) } : { isDone: false, why: failure };
  });
}

/** Waits until a replica's link to the plan's primary is up. */
export function confirmReplica(run: PlanRun, step: StepOf<"confirm-replica">): Promise<StepOutcome> {
  return pollReplica(run, step, async (status, address) => {
    if (!isFollowing(status, address)) {
      return { isDone: false, why: `it follows ${status.primary?.host ?? "nobody that it names"}` };
    }
    if (status.masterLinkStatus === "down") return { isDone: false, why: "its link is down" };
    return { isDone: true, value: done("its link is up") };
  });
}

/** Judges a replica anew until it is as its step wants it, unless it is kept down or gone. */
async function pollReplica(
  run: PlanRun,
  { instance, primary, timeoutMs }: StepOf<"demote" | "confirm-replica">,
  judge: (status: ReplicaStatus, address: Address) => Promise<Finding<StepOutcome>>,
): Promise<StepOutcome> {
  const absence = await findAbsence(run, instance);
  if (absence !== undefined) return absence;
  const address = await run.cluster.redisAddress(primary);
  return pollUntilDone(
    async () => {
      const seen = await findReplica(run, instance);
      return seen.isDone ? judge(seen.value, address) : seen;
    },
    { what: `${instance} to follow ${primary}`, timeoutMs, signal: run.signal },
  );
}

/** @returns Why there is nothing to be done with an instance: it is kept down, or gone. */
async function findAbsence(run: PlanRun, instance: string): Promise<StepOutcome | undefined> {
  const state = await requireCurrent(run, { isNamed: true });
  if (state.fenced.includes(instance)) return skipped("its fence stays");
  return (await run.cluster.isGone(instance)) ? skipped("it is gone") : undefined;
}

/** @throws FailoverError `PLAN_SUPERSEDED` if it answers as a primary: to make it a replica would drop what it took since. */
async function findReplica(run: PlanRun, instance: string): Promise<Finding<ReplicaStatus>> {
  const sight = await run.lookAt(instance);
  if (sight.kind !== "status") return { isDone: false, why: describeSight(sight) };
  if (sight.status.role === "slave") return { isDone: true, value: sight.status };
  throw new FailoverError(
    "PLAN_SUPERSEDED",
    `${instance} answers as a primary, though ${run.plan.primary} is named`,
  );
}

/** @returns Why it failed, if another attempt can succeed. */
async function tryDemote(
  run: PlanRun,
  { instance, address }: { readonly instance: string; readonly address: Address },
): Promise<string | undefined> {
  try {
    const request = { primaryIP: address.host, port: address.port };
    await run.instance(instance).demote(request, { signal: run.signal });
    return undefined;
  } catch (error) {
    if (!(error instanceof ManagerError) || finalCodes.has(error.code)) throw error;
    return error.message;
  }
}

function isFollowing({ primary }: ReplicaStatus, { host, port }: Address): boolean {
  return primary?.host === host && primary.port === port;
}
