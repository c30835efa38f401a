import type { LivenessReport as WireLivenessReport } from "@redis-operator/client/contract";
import type { LivenessReport, LivenessVerdict } from "@redis-operator/core/isolation";

type DeathReason = Extract<LivenessVerdict, { alive: false }>["reason"];

/** The contract's words for each reason not to be alive. */
const textOfReason = {
  "process-not-running": "redis-server not running",
  "redis-hung": "redis-server hung",
  "primary-isolated": "primary isolated: cannot reach API server or any peer",
} as const satisfies Record<DeathReason, string>;

/** The line that the liveness probe answers with a 503. */
export function describeDeath(reason: DeathReason): string {
  return textOfReason[reason];
}

/** Puts a liveness report into the words of the wire. */
export function toWireLiveness({ verdict, checks }: LivenessReport): WireLivenessReport {
  return {
    alive: verdict.alive,
    ...(!verdict.alive && { reason: describeDeath(verdict.reason) }),
    checks: checks.map(({ name, outcome, detail, ageMs }) => ({
      name,
      outcome,
      ...(detail !== undefined && { detail }),
      ageMs: Math.round(ageMs),
    })),
  };
}
