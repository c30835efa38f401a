import type { StatusPollResult } from "../fleet/poll-statuses.ts";
import type { ManagerAddress } from "../http/base-url.ts";
import type { InstanceObservation } from "./observation.ts";

/**
 * What a poll gave of one pod, as the decisions take it: `(await pollStatuses(pods).settled()).map(toObservation)`.
 *
 * Its age is counted up to now: what answered at once is as old as the poll by the time the last pod has answered.
 */
export function toObservation(
  result: StatusPollResult<ManagerAddress & { readonly name: string }>,
): InstanceObservation {
  const { name } = result.target;
  if (result.outcome === "failed") return { name, status: undefined, failure: result.error };
  return { name, status: result.status, ageMs: performance.now() - result.startedAt };
}
