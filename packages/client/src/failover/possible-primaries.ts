import { type InstanceObservation, isSeenFenced } from "./observation.ts";

/** What is known beside the statuses of who may take writes. */
export interface PrimaryKnowledge {
  /** `status.currentPrimary` of the RedisCluster. */
  readonly currentPrimary: string | undefined;
  /** What `mayTakeWrites` of a plan that was stopped named: an order to one of them may still be under way. */
  readonly suspects?: readonly string[] | undefined;
  /**
   * Instances that the caller knows as replicas although they gave no status now. Any other that gave none may be a primary, and
   * is fenced.
   */
  readonly knownReplicas?: readonly string[] | undefined;
}

/**
 * Names every instance that takes writes or may come to take some: the named primary whatever it answers, who answers as
 * one, who gave no status, and the suspects. Who says that it is fenced is none, unless named or suspected.
 */
export function findPossiblePrimaries(
  observations: readonly InstanceObservation[],
  { currentPrimary, suspects = [], knownReplicas = [] }: PrimaryKnowledge,
): readonly string[] {
  const seen = observations.filter((observation) => {
    if (observation.status !== undefined) return observation.status.role === "master";
    return !isSeenFenced(observation) && !knownReplicas.includes(observation.name);
  });
  const named = currentPrimary === undefined ? [] : [currentPrimary];
  return [...new Set([...named, ...seen.map(({ name }) => name), ...suspects])];
}
