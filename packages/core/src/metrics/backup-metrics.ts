import { Counter, Gauge, type Registry } from "prom-client";
import type { BackupObserver } from "../backup/observe-backups.ts";

const methods = ["rdb", "aof"] as const;
const outcomes = ["succeeded", "failed"] as const;

/** Registers what is counted and kept of backups. */
export function registerBackupMetrics(registry: Registry): BackupObserver {
  const registers = [registry];
  const labelNames = ["method"] as const;
  const total = new Counter({
    name: "instance_manager_backups_total",
    help: "Backups that have ended since the agent started, by method and outcome; a cancelled one has failed.",
    labelNames: ["method", "outcome"],
    registers,
  });
  const uploaded = new Counter({
    name: "instance_manager_backup_uploaded_bytes_total",
    help: "Bytes of backups that the store has acknowledged, of failed ones too.",
    labelNames,
    registers,
  });
  const inProgress = new Gauge({
    name: "instance_manager_backup_in_progress",
    help: "Whether a backup runs (1) or not (0).",
    registers,
  });
  const lastSuccess = new Gauge({
    name: "instance_manager_backup_last_success_timestamp_seconds",
    help: "Unix time at which the last successful backup ended; absent before the first since the agent started.",
    labelNames,
    registers,
  });
  const lastDuration = new Gauge({
    name: "instance_manager_backup_last_success_duration_seconds",
    help: "How long the last successful backup took.",
    labelNames,
    registers,
  });
  const lastSize = new Gauge({
    name: "instance_manager_backup_last_success_size_bytes",
    help: "Size of the object that the last successful backup stored.",
    labelNames,
    registers,
  });
  const lastFailure = new Gauge({
    name: "instance_manager_backup_last_failure_timestamp_seconds",
    help: "Unix time at which the last failed backup ended; absent before the first since the agent started.",
    labelNames,
    registers,
  });
  // From zero on, so that the first one is an increase.
  for (const method of methods) {
    for (const outcome of outcomes) total.inc({ method, outcome }, 0);
    uploaded.inc({ method }, 0);
  }
  return {
    backupStarted() {
      inProgress.set(1);
    },
    backupUploaded({ method, sizeBytes }) {
      uploaded.inc({ method }, sizeBytes);
    },
    backupEnded(outcome) {
      const { method, succeeded, durationMs } = outcome;
      inProgress.set(0);
      total.inc({ method, outcome: succeeded ? "succeeded" : "failed" });
      if (!outcome.succeeded) {
        lastFailure.setToCurrentTime({ method });
        return;
      }
      lastSuccess.setToCurrentTime({ method });
      lastDuration.set({ method }, durationMs / 1e3);
      lastSize.set({ method }, outcome.sizeBytes);
    },
  };
}
