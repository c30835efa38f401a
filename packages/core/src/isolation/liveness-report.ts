import type { Observed, Reach } from "./reach.ts";
import type { RedisSeen } from "./redis-watch.ts";
import type { HeldWrites } from "./self-fencing.ts";
import { decideLiveness, type LivenessObservation, type LivenessVerdict } from "./verdict.ts";

/** A verdict and all that was observed for it. */
export interface LivenessReport {
  readonly verdict: LivenessVerdict;
  /** In the order of the contract's steps; those that the verdict doesn't need are missing. */
  readonly checks: readonly CheckReport[];
}

/** One question and its answer. */
export interface CheckReport {
  readonly name: "process" | "role" | "api-server" | "peers" | "writes";
  readonly outcome:
    LivenessObservation["process" | "redis" | "role" | "apiServer" | "peers"] | "held" | "not-held";
  /** Which answer came, or why none did. */
  readonly detail: string | undefined;
  /** How old the answer was when the report was made. */
  readonly ageMs: number;
}

/** What is known when a report is made; what the verdict doesn't need may be missing. */
export interface LivenessFindings {
  readonly isolation: LivenessObservation["isolation"];
  readonly seen: RedisSeen;
  readonly reach: Reach | undefined;
  /** Unset: self-fencing is off. */
  readonly writes: HeldWrites | undefined;
}

/** Makes the report of what is known. */
export function toLivenessReport(
  { isolation, seen, reach, writes }: LivenessFindings,
  { now }: { readonly now: number },
): LivenessReport {
  const toCheck = (name: CheckReport["name"], observed: Observed<CheckReport["outcome"]>): CheckReport => ({
    name,
    outcome: observed.outcome,
    detail: observed.detail,
    ageMs: now - observed.endedAt,
  });
  const { process, redis, role } = seen;
  const isRoleOfUse = process.outcome === "running" && (isolation === "enabled" || redis === "hung");
  const isReachOfUse = isRoleOfUse && role.outcome === "primary" && reach !== undefined;
  return {
    verdict: decideLiveness({
      process: process.outcome,
      redis,
      isolation,
      role: role.outcome,
      apiServer: reach?.apiServer.outcome ?? "not-asked",
      peers: reach?.peers.outcome ?? "not-asked",
    }),
    checks: [
      toCheck("process", process),
      ...(isRoleOfUse ? [toCheck("role", role)] : []),
      ...(isReachOfUse ? [toCheck("api-server", reach.apiServer), toCheck("peers", reach.peers)] : []),
      ...(writes === undefined
        ? []
        : [
            {
              name: "writes",
              outcome: writes.isHeld ? "held" : "not-held",
              detail: writes.reason,
              ageMs: now - writes.since,
            } as const,
          ]),
    ],
  };
}
