import { type BackupJob, type BackupJobList, backupJobParamsSchema } from "@redis-operator/client/contract";
import type { Handler } from "hono";
import { parseParams } from "../request.ts";
import { toWireJob } from "../wire/backup.ts";
import type { BackupDeps } from "./backup.ts";

/** `GET /v1/backups`: the backups since the manager started, newest first. */
export function backupJobsRoute({ jobs }: BackupDeps): Handler {
  return (context) => context.json<BackupJobList>({ backups: jobs.list().map(toWireJob) });
}

/** `GET /v1/backups/{name}`: how far a backup is, or how it ended. */
export function backupJobRoute({ jobs }: BackupDeps): Handler {
  return (context) => {
    const { name } = parseParams(context, backupJobParamsSchema);
    return context.json<BackupJob>(toWireJob(jobs.get(name)));
  };
}

/** `DELETE /v1/backups/{name}`: cancels a backup, 202. One that has ended stays as it is, 200. */
export function cancelBackupRoute({ jobs }: BackupDeps): Handler {
  return (context) => {
    const { name } = parseParams(context, backupJobParamsSchema);
    const job = jobs.cancel(name);
    return context.json<BackupJob>(toWireJob(job), job.phase === "running" ? 202 : 200);
  };
}
