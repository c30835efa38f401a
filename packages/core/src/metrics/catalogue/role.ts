import type { RedisObservation } from "../observation.ts";

/** The `role` label: `master` or `slave` as Redis says it, `unknown` while Redis does not answer. */
export function readRole(observation: RedisObservation): string {
  return (observation.up ? observation.info.get("role") : undefined) ?? "unknown";
}
