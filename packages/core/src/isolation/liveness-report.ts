import type { Observed, Reach } from "./reach.ts";
import { decideLiveness, type LivenessObservation, type LivenessVerdict } from "./verdict.ts";

/** A verdict and all that was observed for it. */
export interface LivenessReport {
  readonly verdict: LivenessVerdict;
  /** In the order in which the questions are asked; those that the verdict didn't need are missing. */
  readonly checks: readonly CheckReport[];
  readonly durationMs: number;
}

/** One question and its answer. */
export interface CheckReport {
  readonly name: "process" | "role" | "api-server" | "peers";
  readonly outcome: LivenessObservation["process" | "role" | "apiServer" | "peers"];
  /** Which answer came, or why none did. */
  readonly detail: string | undefined;
  /** How old the answer was when the report was made. */
  readonly ageMs: number;
  /** How long it took to get it. */
  readonly durationMs: number;
}

/** What one check observed; it stops where the verdict is clear. */
export interface LivenessFindings {
  readonly isolation: LivenessObservation["isolation"];
  readonly process: Observed<LivenessObservation["process"]>;
  readonly role?: Observed<LivenessObservation["role"]>;
  readonly reach?: Reach;
}

/** Makes the report of one check. */
export function toLivenessReport(
  { isolation, process, role, reach }: LivenessFindings,
  { startedAt, endedAt }: { readonly startedAt: number; readonly endedAt: number },
): LivenessReport {
  const toCheck = (name: CheckReport["name"], observed: Observed<CheckReport["outcome"]>): CheckReport => ({
    name,
    outcome: observed.outcome,
    detail: observed.detail,
    ageMs: endedAt - observed.endedAt,
    durationMs: observed.endedAt - observed.startedAt,
  });
  return {
    verdict: decideLiveness({
      process: process.outcome,
      isolation,
      role: role?.outcome ?? "unknown",
      apiServer: reach?.apiServer.outcome ?? "not-asked",
      peers: reach?.peers.outcome ?? "not-asked",
    }),
    checks: [
      toCheck("process", process),
      ...(role === undefined ? [] : [toCheck("role", role)]),
      ...(reach === undefined ? [] : [toCheck("api-server", reach.apiServer), toCheck("peers", reach.peers)]),
    ],
    durationMs: endedAt - startedAt,
  };
}
