import type { Logger } from "../logger.ts";
import type { LivenessReport } from "./liveness-report.ts";

/** What a liveness log needs. */
export interface LivenessLogDeps {
  /** How long no peer may be known before that is said: the list of pods comes after the first reports. */
  readonly peersPatienceMs: number;
  readonly logger: Logger;
  readonly now: () => number;
}

/**
 * Creates a listener to liveness reports that logs each change once, with its reasons and how long the state before
 * it lasted: isolated or not, hung or not, the first time that no peer is known. A report that changes nothing logs
 * nothing.
 */
export function createLivenessLog({
  peersPatienceMs,
  logger,
  now,
}: LivenessLogDeps): (report: LivenessReport) => void {
  let isolatedSince: number | undefined;
  let hungSince: number | undefined;
  let peerlessSince: number | undefined;
  let hasToldOfNoPeers = false;

  function recordIsolation(report: LivenessReport): void {
    const { verdict } = report;
    const isIsolated = !verdict.alive && verdict.reason === "primary-isolated";
    if (isIsolated && isolatedSince === undefined) {
      isolatedSince = now();
      const fields = { apiServer: reasonOf(report, "api-server"), peers: reasonOf(report, "peers") };
      logger.error(fields, "primary isolated: cannot reach API server or any peer");
    }
    if (!isIsolated && isolatedSince !== undefined) {
      const because = verdict.alive ? verdict.because : verdict.reason;
      logger.info({ because, isolatedForMs: now() - isolatedSince }, "primary no longer isolated");
      isolatedSince = undefined;
    }
  }

  function recordHung(report: LivenessReport): void {
    const isHung = !report.verdict.alive && report.verdict.reason === "redis-hung";
    if (isHung && hungSince === undefined) {
      hungSince = now();
      logger.error({ reason: reasonOf(report, "role") }, "redis-server hung: it answers nothing");
    }
    if (!isHung && hungSince !== undefined) {
      logger.info({ hungForMs: now() - hungSince }, "redis-server no longer hung");
      hungSince = undefined;
    }
  }

  function recordPeers({ verdict }: LivenessReport): void {
    const isPeerless = verdict.alive && verdict.because === "no-peer-known";
    peerlessSince = isPeerless ? (peerlessSince ?? now()) : undefined;
    if (hasToldOfNoPeers || peerlessSince === undefined || now() - peerlessSince < peersPatienceMs) return;
    hasToldOfNoPeers = true;
    logger.warn({}, "no peer is known: isolation can't be told, the primary counts as alive");
  }

  return (report) => {
    recordIsolation(report);
    recordHung(report);
    recordPeers(report);
  };
}

function reasonOf({ checks }: LivenessReport, name: "role" | "api-server" | "peers"): string | undefined {
  return checks.find((check) => check.name === name)?.detail;
}
