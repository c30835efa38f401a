import { judgeReplica } from "./fitness.ts";
import { type InstanceObservation, requireDistinct } from "./observation.ts";
import type { Plan } from "./plan.ts";
import { followSteps, returnSteps } from "./plan-steps.ts";
import { defaultPlanTimeouts, type PlanTimeouts, toConfirmation } from "./plan-timeouts.ts";
import { findPossiblePrimaries } from "./possible-primaries.ts";

/** What {@link planSwitchover} goes by beside the statuses. */
export interface SwitchoverOptions {
  /** The primary, named by `status.currentPrimary`. */
  readonly from: string;
  /** The replica that takes its place. */
  readonly to: string;
  /** One more than that of the last plan of this RedisCluster. */
  readonly generation: number;
  /**
   * How many bytes the candidate may lack when the old primary is fenced. Redis waits up to its `shutdown-timeout`, 10 s, until its
   * replicas have them. Default 1,048,576: 1 MiB.
   */
  readonly maxLagBytes?: number | undefined;
  /** Instances that may be left aside although they gave no status: known as replicas. */
  readonly knownReplicas?: readonly string[] | undefined;
  /** In place of {@link defaultPlanTimeouts}. */
  readonly timeouts?: Partial<PlanTimeouts> | undefined;
}

/** Why a switchover isn't planned. */
export interface SwitchoverRefusal {
  readonly outcome: "refused";
  readonly reason: "not-the-primary" | "several-primaries" | "instance-not-seen" | "candidate-unfit";
  /** The same for people, with what speaks against the candidate. */
  readonly detail: string;
}

/** The plan, or why there is none. */
export type SwitchoverDecision = { readonly outcome: "planned"; readonly plan: Plan } | SwitchoverRefusal;

const defaultMaxLagBytes = 1_048_576;

/**
 * Plans to hand over from a primary that works to one of its replicas, without the loss of an acknowledged write.
 *
 * Wait until the candidate's lag is small → fence the old primary: on its way down Redis holds writes until its replicas have
 * everything → confirm → name the candidate → promote it, if no other replica has more → point the others at it → lift the fence →
 * the old primary comes back as a replica.
 *
 * @throws TypeError if two observations have one name.
 */
export function planSwitchover(
  observations: readonly InstanceObservation[],
  options: SwitchoverOptions,
): SwitchoverDecision {
  requireDistinct(observations);
  const { from, to, generation, maxLagBytes = defaultMaxLagBytes } = options;
  const old = observations.find(({ name }) => name === from)?.status;
  if (old?.role !== "master") return refuse("not-the-primary", `${from} doesn't answer as a primary`);
  const rival = findRival(observations, options);
  if (rival !== undefined) return rival;
  const { replicationId, replicationOffset: minOffset } = old;
  if (replicationId === undefined) return refuse("candidate-unfit", `${from} doesn't name its history`);
  const objection = findObjection(observations, { to, replicationId });
  if (objection !== undefined) return refuse("candidate-unfit", `${to} ${objection}`);

  const timeouts = { ...defaultPlanTimeouts, ...options.timeouts };
  const confirmation = toConfirmation(timeouts, undefined);
  const others = observations.flatMap(({ name, status }) => {
    return status?.role === "slave" && name !== to ? [name] : [];
  });
  const steps: Plan["steps"] = [
    {
      action: "check-candidate",
      instance: to,
      replicationId,
      minOffset: 0,
      behind: { primary: from, maxLagBytes },
      timeoutMs: timeouts.candidateMs,
    },
    { action: "fence", instance: from },
    { action: "confirm-fenced", instance: from, ...confirmation },
    { action: "name-primary", instance: to, previous: from },
    {
      action: "promote",
      instance: to,
      replicationId,
      // What the old primary had when it was asked is the least that its successor must have.
      minOffset,
      fences: { instances: [from], ...confirmation },
      rivals: others,
      timeoutMs: timeouts.roleMs,
    },
    { action: "confirm-primary", instance: to, timeoutMs: timeouts.roleMs },
    ...followSteps(others, { primary: to, timeouts }),
    ...returnSteps(from, { primary: to, timeouts }),
  ];
  return { outcome: "planned", plan: { kind: "switchover", generation, primary: to, steps } };
}

/** @returns The refusal, if another instance is a primary too, or may be one. */
function findRival(
  observations: readonly InstanceObservation[],
  { from, knownReplicas }: SwitchoverOptions,
): SwitchoverRefusal | undefined {
  const possible = findPossiblePrimaries(observations, { currentPrimary: from, knownReplicas });
  const rival = observations.find(({ name }) => name !== from && possible.includes(name));
  if (rival === undefined) return undefined;
  return rival.status === undefined
    ? refuse("instance-not-seen", `${rival.name} gave no status: it may be a primary`)
    : refuse("several-primaries", `${rival.name} answers as a primary too`);
}

/** @returns What speaks against the candidate, if anything does. */
function findObjection(
  observations: readonly InstanceObservation[],
  { to, replicationId }: { readonly to: string; readonly replicationId: string },
): string | undefined {
  const observation = observations.find(({ name }) => name === to);
  if (observation === undefined) return "wasn't observed";
  const judgement = judgeReplica(observation, {});
  if (!judgement.isFit) return judgement.detail;
  if (judgement.replica.link === "down") return "has no link to its primary";
  const held = judgement.replica.replicationId;
  return held === replicationId ? undefined : `holds the history ${held}, not ${replicationId}`;
}

function refuse(reason: SwitchoverRefusal["reason"], detail: string): SwitchoverRefusal {
  return { outcome: "refused", reason, detail };
}
