import { describeError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { createLivenessLog } from "./liveness-log.ts";
import { type LivenessFindings, type LivenessReport, toLivenessReport } from "./liveness-report.ts";
import type { Peer } from "./peer.ts";
import { type Observed, observeReach, type ReachPorts } from "./reach.ts";
import type { IsolationSettings } from "./settings.ts";
import type { LivenessObservation } from "./verdict.ts";

/** Finds out whether this instance is alive. */
export interface LivenessCheck {
  /** Callers at the same time share one check and get the same report. */
  check(): Promise<LivenessReport>;
}

/** What a liveness check asks. */
export interface LivenessCheckDeps extends ReachPorts {
  readonly process: { isRunning(): Promise<boolean> };
  /** The role that Redis reports now, with a deadline of its own; rejects if it can't be read. */
  readonly readRole: () => Promise<"primary" | "replica">;
  readonly cluster: { peers(): readonly Peer[]; isolationSettings(): IsolationSettings };
  /** How long the API server alone is asked before the peers are asked as well. */
  readonly peerHeadStartMs: number;
  readonly logger: Logger;
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number;
}

/**
 * Creates a check that asks in the order process, role, API server and peers, and stops where the verdict is clear.
 *
 * A role that can't be read (Redis is hung, or runs a long script) is the one that was read last: that Redis is
 * silent proves neither isolation nor its absence.
 */
export function createLivenessCheck(deps: LivenessCheckDeps): LivenessCheck {
  const { cluster, peerHeadStartMs, logger, now } = deps;
  const record = createLivenessLog({ logger, now });
  let lastRole: Observed<"primary" | "replica"> | undefined;
  let running: Promise<LivenessReport> | undefined;

  async function observeProcess(): Promise<Observed<LivenessObservation["process"]>> {
    const startedAt = now();
    const isRunning = await deps.process.isRunning();
    return { outcome: isRunning ? "running" : "not-running", startedAt, endedAt: now() };
  }

  async function observeRole(): Promise<Observed<LivenessObservation["role"]>> {
    const startedAt = now();
    try {
      const outcome = await deps.readRole();
      lastRole = { outcome, startedAt, endedAt: now() };
      return lastRole;
    } catch (error) {
      const why = describeError(error);
      if (lastRole !== undefined) return { ...lastRole, detail: `as read last: ${why}` };
      return { outcome: "unknown", detail: why, startedAt, endedAt: now() };
    }
  }

  async function observe(): Promise<LivenessFindings> {
    const settings = cluster.isolationSettings();
    const isolation = settings.enabled ? "enabled" : "disabled";
    const process = await observeProcess();
    if (process.outcome === "not-running" || isolation === "disabled") return { isolation, process };
    const role = await observeRole();
    if (role.outcome !== "primary") return { isolation, process, role };
    const reach = await observeReach(deps, { peers: cluster.peers(), settings, peerHeadStartMs, now });
    return { isolation, process, role, reach };
  }

  async function run(): Promise<LivenessReport> {
    const startedAt = now();
    const findings = await observe();
    const report = toLivenessReport(findings, { startedAt, endedAt: now() });
    record(report);
    return report;
  }

  return {
    check() {
      running ??= run().finally(() => (running = undefined));
      return running;
    },
  };
}
