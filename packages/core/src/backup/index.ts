export { type BackupRunner, type BackupRunnerDeps, createBackupRunner } from "./backup-runner.ts";
