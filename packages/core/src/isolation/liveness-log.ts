import type { Logger } from "../logger.ts";
import type { LivenessReport } from "./liveness-report.ts";

/** What a liveness log needs. */
export interface LivenessLogDeps {
  readonly logger: Logger;
  readonly now: () => number;
}

/**
 * Creates a listener to liveness reports that logs each change once, with its reasons and how long the state before
 * it lasted: isolated or not, API server reachable or not, the first time that no peer is known. A report that
 * changes nothing logs nothing.
 */
export function createLivenessLog({ logger, now }: LivenessLogDeps): (report: LivenessReport) => void {
  let isolatedSince: number | undefined;
  let unreachableSince: number | undefined;
  let hasToldOfNoPeers = false;

  function recordIsolation(report: LivenessReport): void {
    const { verdict, durationMs } = report;
    const isIsolated = !verdict.alive && verdict.reason === "primary-isolated";
    if (isIsolated && isolatedSince === undefined) {
      isolatedSince = now();
      const fields = {
        apiServer: reasonOf(report, "api-server"),
        peers: reasonOf(report, "peers"),
        durationMs,
      };
      logger.error(fields, "primary isolated: cannot reach API server or any peer");
    }
    if (!isIsolated && isolatedSince !== undefined) {
      const because = verdict.alive ? verdict.because : verdict.reason;
      logger.info({ because, isolatedForMs: now() - isolatedSince }, "primary no longer isolated");
      isolatedSince = undefined;
    }
  }

  function recordApiServer({ checks }: LivenessReport): void {
    const check = checks.find(({ name }) => name === "api-server");
    if (check?.outcome === "unreachable" && unreachableSince === undefined) {
      unreachableSince = now();
      const { detail: reason, durationMs } = check;
      logger.warn({ reason, durationMs }, "Kubernetes API server unreachable");
    }
    if (check?.outcome === "reachable" && unreachableSince !== undefined) {
      logger.info({ unreachableForMs: now() - unreachableSince }, "Kubernetes API server reachable again");
      unreachableSince = undefined;
    }
  }

  function recordPeers({ verdict }: LivenessReport): void {
    if (hasToldOfNoPeers || !verdict.alive || verdict.because !== "no-peer-known") return;
    hasToldOfNoPeers = true;
    logger.warn({}, "no peer is known: isolation can't be told, the primary counts as alive");
  }

  return (report) => {
    recordApiServer(report);
    recordIsolation(report);
    recordPeers(report);
  };
}

function reasonOf({ checks }: LivenessReport, name: "api-server" | "peers"): string | undefined {
  return checks.find((check) => check.name === name)?.detail;
}
