import type { InstanceStatus } from "../contract/types.ts";

/** What one round of asking gave of one instance. */
export interface InstanceObservation {
  /** The pod's name. */
  readonly name: string;
  /** `undefined`: it gave none. */
  readonly status: InstanceStatus | undefined;
  /** Why it gave none; a `ManagerError` fits. */
  readonly failure?: { readonly code: string; readonly message: string } | undefined;
  /**
   * How old the status is, in milliseconds: since the call that gave it was begun, by the caller's own clock. `observedAt`
   * is the pod's, and two clocks don't compare.
   */
  readonly ageMs?: number | undefined;
}

/** Whether its manager says that it is fenced: then it has no Redis. */
export function isSeenFenced({ failure }: InstanceObservation): boolean {
  return failure?.code === "INSTANCE_FENCED";
}

/** @throws TypeError if a name stands for two instances. */
export function requireDistinct(observations: readonly InstanceObservation[]): void {
  const seen = new Set<string>();
  for (const { name } of observations) {
    if (seen.has(name)) throw new TypeError(`two observations of ${name}: one for each instance is needed`);
    seen.add(name);
  }
}

/** Orders names the same way on every machine, whatever its locale. */
export function compareNames(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
