import type { PrimaryStatus } from "../contract/types.ts";
import { compareNames, type InstanceObservation, isSeenFenced, requireDistinct } from "./observation.ts";

/** An instance that answers as a primary. */
export interface VisiblePrimary {
  readonly name: string;
  /** In bytes; doesn't compare with that of a primary with another replication id. */
  readonly replicationOffset: number;
  readonly replicationId: string | undefined;
  /** How many replicas follow it and are in sync; those that are being sent a copy don't count where it tells them apart. */
  readonly onlineReplicas: number;
  /** Whether `status.currentPrimary` names it. */
  readonly isNamed: boolean;
}

/** Whether several instances take writes, and which of them is to go on. */
export type SplitBrain =
  | { readonly outcome: "none" }
  | {
      readonly outcome: "split-brain";
      /** By name. */
      readonly primaries: readonly VisiblePrimary[];
      readonly advice: SplitBrainAdvice;
    };

/** Who is to remain the primary, or why that can't be told. What the others took since they parted is lost with them. */
export type SplitBrainAdvice =
  | {
      readonly survivor: string;
      readonly because: "named" | "most-replicas";
      /** The same for people. */
      readonly reason: string;
    }
  | { readonly survivor: undefined; readonly reason: string };

/** What {@link detectSplitBrain} knows beside the statuses. */
export interface SplitBrainOptions {
  /** `status.currentPrimary` of the RedisCluster. */
  readonly currentPrimary: string | undefined;
}

/**
 * Looks for two or more instances that answer as a primary, and says who is to remain one.
 *
 * The named one is, since boot roles and self-fencing go by it too; unless its offset is 0 and another's isn't: then it may
 * have come up without data. If none of them is named, the one that most replicas follow is, unless the named one gave no status.
 * In any other case nobody is advised.
 *
 * It sees what answered, at the moment when it did: no primary that the caller can't reach (an isolated one for one), no data, no
 * client. In the middle of a plan a former primary may still be seen on its way down: end the plan first.
 *
 * @throws TypeError if two observations have one name.
 */
export function detectSplitBrain(
  observations: readonly InstanceObservation[],
  { currentPrimary }: SplitBrainOptions,
): SplitBrain {
  requireDistinct(observations);
  const primaries = observations
    .flatMap(({ name, status }) => {
      return status?.role === "master" ? [describePrimary(name, status, name === currentPrimary)] : [];
    })
    .toSorted((left, right) => compareNames(left.name, right.name));
  if (primaries.length < 2) return { outcome: "none" };
  const named = observations.find(({ name }) => name === currentPrimary);
  const isNamedSeen = named !== undefined && (named.status !== undefined || isSeenFenced(named));
  const isThirdPossible = currentPrimary !== undefined && !isNamedSeen;
  const advice = isThirdPossible
    ? refuse(`${currentPrimary} is named as the primary and gave no status: it may be a third one`)
    : advise(primaries);
  return { outcome: "split-brain", primaries, advice };
}

function describePrimary(name: string, status: PrimaryStatus, isNamed: boolean): VisiblePrimary {
  const { replicationOffset, replicationId, connectedReplicas, replicas } = status;
  const online = replicas?.filter(({ state }) => state === "online").length;
  return { name, replicationOffset, replicationId, onlineReplicas: online ?? connectedReplicas, isNamed };
}

function advise(primaries: readonly VisiblePrimary[]): SplitBrainAdvice {
  const named = primaries.find(({ isNamed }) => isNamed);
  if (named !== undefined) {
    const fuller = primaries.find(({ replicationOffset }) => replicationOffset > 0);
    if (named.replicationOffset === 0 && fuller !== undefined) {
      return refuse(
        `${named.name} is named as the primary, but has replicated nothing yet, while ${fuller.name} has: it may have come up without data`,
      );
    }
    return { survivor: named.name, because: "named", reason: `status.currentPrimary names ${named.name}` };
  }
  const [most, next] = primaries.toSorted((left, right) => right.onlineReplicas - left.onlineReplicas);
  if (most !== undefined && most.onlineReplicas > (next?.onlineReplicas ?? 0)) {
    const reason = `none of them is named, and ${most.name} has the most replicas in sync: ${most.onlineReplicas}`;
    return { survivor: most.name, because: "most-replicas", reason };
  }
  return refuse("none of them is named, and none has more replicas in sync than all others");
}

function refuse(reason: string): SplitBrainAdvice {
  return { survivor: undefined, reason };
}
