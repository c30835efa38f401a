import type { BackupJob, BackupProgress, BackupResult, PruneResult } from "@redis-operator/client/contract";
import type * as core from "@redis-operator/core/backup";

/** Puts what a backup has stored into the words of the wire. */
export function toWireResult({ sizeBytes, checksumSha256, ...result }: core.BackupResult): BackupResult {
  const { artifactType, backupPath, objectKey, ...more } = result;
  return {
    artifactType,
    backupPath,
    objectKey,
    backupSize: sizeBytes,
    checksumSHA256: checksumSha256,
    ...more,
  };
}

/** Puts a backup and what became of it into the words of the wire. */
export function toWireJob(job: core.BackupJob): BackupJob {
  const { backupName, method, destination, startedAt } = job;
  const { bucket, path, endpoint, region } = destination;
  const fields = {
    backupName,
    method,
    destination: { s3: { bucket, path, ...(endpoint !== undefined && { endpoint }), region } },
    progress: toWireProgress(job.progress),
    startedAt,
  };
  if (job.phase === "running") return { phase: "running", ...fields };
  const ended = { ...fields, finishedAt: job.finishedAt };
  if (job.phase === "succeeded") return { phase: "succeeded", ...ended, result: toWireResult(job.result) };
  return { phase: job.phase, ...ended, error: { ...job.error } };
}

/** Puts what a prune found and did into the words of the wire. */
export function toWirePruneResult({ dryRun, kept, deleted, skipped }: core.PruneResult): PruneResult {
  return { dryRun, kept: kept.map(toWireBackup), deleted: deleted.map(toWireBackup), skipped: [...skipped] };
}

function toWireBackup({ sizeBytes, ...backup }: core.PruneResult["kept" | "deleted"][number]) {
  return { ...backup, backupSize: sizeBytes };
}

function toWireProgress({ phase, sentBytes, totalBytes }: core.BackupProgress): BackupProgress {
  if (totalBytes === undefined) return { phase, sentBytes };
  const percent = totalBytes === 0 ? 100 : Math.min(100, Math.floor((sentBytes / totalBytes) * 100));
  return { phase, sentBytes, totalBytes, percent };
}
