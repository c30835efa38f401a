import type { KnownClusterState } from "../kubernetes/cluster-observer.ts";

/**
 * Tells whether `redis.io/fencedInstances` names this pod, or all by `*`. What was never read fences nobody.
 */
export function isFencedIn(known: Pick<KnownClusterState, "state"> | undefined, podName: string): boolean {
  const fenced = known?.state.fencedPods ?? [];
  return fenced.includes("*") || (podName !== "" && fenced.includes(podName));
}
