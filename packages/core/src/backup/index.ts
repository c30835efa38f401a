export { type AllowedDestination, parseAllowedDestinations } from "./allowed-destinations.ts";
export type { BackupJob } from "./backup-job.ts";
export { type BackupJobs, createBackupJobs } from "./backup-jobs.ts";
export { createBackupProcess } from "./backup-process.ts";
export type { BackupProgress, BackupResult } from "./backup-request.ts";
export { observeBackups } from "./observe-backups.ts";
export type { PruneResult } from "./prune-request.ts";
