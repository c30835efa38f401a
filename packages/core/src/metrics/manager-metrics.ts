import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { BackupObserver } from "../backup/observe-backups.ts";
import { registerProcessMetrics } from "./process-metrics.ts";
import type { InstanceLabels } from "./render.ts";
import type { ScrapeOutcome } from "./scrape.ts";

/** The agent's own metrics: its API, its backups, its scrapes, its process. */
export interface ManagerMetrics extends BackupObserver {
  /** Counts a request that has been answered. */
  observeRequest(request: AnsweredRequest): void;
  scrapeEnded(outcome: ScrapeOutcome): void;
  /** Writes them in the Prometheus text format, to be put after those of Redis. */
  render(): Promise<string>;
}

/** One request to the API. */
export interface AnsweredRequest {
  /** The pattern of the route, never the path that was asked for: a caller must not be able to make up series. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
}

/** What {@link createManagerMetrics} needs. */
export interface ManagerMetricsOptions {
  readonly labels: InstanceLabels;
  /** The agent's version. */
  readonly version: string;
}

// A probe takes milliseconds, a backup minutes.
const requestDurationBuckets = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600];

/** Creates the agent's metrics, all at zero, in a registry of their own. */
export function createManagerMetrics({ labels, version }: ManagerMetricsOptions): ManagerMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ cluster: labels.cluster, namespace: labels.namespace, pod: labels.pod });
  const registers = [registry];

  new Gauge({
    name: "instance_manager_build_info",
    help: "Always 1; the labels say which version of the agent runs, on which Node.js.",
    labelNames: ["version", "node"],
    registers,
  }).set({ version, node: process.versions.node }, 1);
  const requests = createRequestMetrics(registry);
  const backups = createBackupMetrics(registry);
  const scrapes = createScrapeMetrics(registry);
  registerProcessMetrics(registry);

  return {
    observeRequest({ route, method, status, durationMs }) {
      requests.total.inc({ route, method, status });
      requests.duration.observe({ route, method }, durationMs / 1e3);
    },
    backupStarted() {
      backups.inProgress.set(1);
    },
    backupEnded(outcome) {
      const { method, succeeded, durationMs } = outcome;
      backups.inProgress.set(0);
      backups.total.inc({ method, outcome: succeeded ? "succeeded" : "failed" });
      if (!outcome.succeeded) return;
      backups.lastSuccess.setToCurrentTime({ method });
      backups.lastDuration.set({ method }, durationMs / 1e3);
      backups.lastSize.set({ method }, outcome.sizeBytes);
    },
    scrapeEnded({ durationMs, failure }) {
      scrapes.duration.set(durationMs / 1e3);
      scrapes.total.inc();
      if (failure !== undefined) scrapes.errors.inc({ code: failure });
    },
    render: () => registry.metrics(),
  };
}

function createRequestMetrics(registry: Registry) {
  const registers = [registry];
  return {
    total: new Counter({
      name: "instance_manager_http_requests_total",
      help: "Requests that the agent's API has answered.",
      labelNames: ["route", "method", "status"],
      registers,
    }),
    // Without the status: the counter has it, and each value would cost a dozen series more.
    duration: new Histogram({
      name: "instance_manager_http_request_duration_seconds",
      help: "How long the agent's API took to answer.",
      labelNames: ["route", "method"],
      buckets: requestDurationBuckets,
      registers,
    }),
  };
}

function createBackupMetrics(registry: Registry) {
  const registers = [registry];
  const labelNames = ["method"] as const;
  const total = new Counter({
    name: "instance_manager_backups_total",
    help: "Backups that have ended since the agent started, by method and outcome.",
    labelNames: ["method", "outcome"],
    registers,
  });
  // From zero on, so that the first failure is an increase.
  for (const method of ["rdb", "aof"]) {
    for (const outcome of ["succeeded", "failed"]) total.inc({ method, outcome }, 0);
  }
  return {
    total,
    inProgress: new Gauge({
      name: "instance_manager_backup_in_progress",
      help: "Whether a backup runs (1) or not (0).",
      registers,
    }),
    lastSuccess: new Gauge({
      name: "instance_manager_backup_last_success_timestamp_seconds",
      help: "Unix time at which the last successful backup ended; absent before the first since the agent started.",
      labelNames,
      registers,
    }),
    lastDuration: new Gauge({
      name: "instance_manager_backup_last_success_duration_seconds",
      help: "How long the last successful backup took.",
      labelNames,
      registers,
    }),
    lastSize: new Gauge({
      name: "instance_manager_backup_last_success_size_bytes",
      help: "Size of the object that the last successful backup stored.",
      labelNames,
      registers,
    }),
  };
}

function createScrapeMetrics(registry: Registry) {
  const registers = [registry];
  return {
    total: new Counter({
      name: "instance_manager_scrapes_total",
      help: "Reads of Redis for /metrics; scrapes at the same moment share one.",
      registers,
    }),
    errors: new Counter({
      name: "instance_manager_scrape_errors_total",
      help: "Reads of Redis for /metrics that failed, by error code.",
      labelNames: ["code"],
      registers,
    }),
    duration: new Gauge({
      name: "instance_manager_last_scrape_duration_seconds",
      help: "How long the last read of Redis for /metrics took.",
      registers,
    }),
  };
}
