import { Counter, Gauge, type Registry } from "prom-client";
import type { ScrapeOutcome } from "./scrape-stages.ts";

/** Is told of every read of Redis for a scrape. */
export interface ScrapeObserver {
  scrapeEnded(outcome: ScrapeOutcome): void;
}

/** Registers what is counted of scrapes. */
export function registerScrapeMetrics(registry: Registry): ScrapeObserver {
  const registers = [registry];
  const total = new Counter({
    name: "instance_manager_scrapes_total",
    help: "Reads of Redis for /metrics; scrapes at the same moment share one.",
    registers,
  });
  const duration = new Gauge({
    name: "instance_manager_scrape_duration_seconds",
    help: "How long each stage of the last read of Redis for /metrics took.",
    labelNames: ["stage"],
    registers,
  });
  const errors = new Counter({
    name: "instance_manager_scrape_errors_total",
    help: "Stages of reads of Redis for /metrics that failed, by error code.",
    labelNames: ["stage", "code"],
    registers,
  });
  return {
    scrapeEnded({ stages }) {
      total.inc();
      for (const { stage, durationMs, failure } of stages) {
        duration.set({ stage }, durationMs / 1e3);
        if (failure !== undefined) errors.inc({ stage, code: failure });
      }
    },
  };
}
