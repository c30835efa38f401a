import {
  asyncPreference,
  type BackupJob,
  backupQuerySchema,
  backupRequestSchema,
  type BackupResult,
  routes,
} from "@redis-operator/client/contract";
import type { BackupJobs } from "@redis-operator/core/backup";
import { InstanceError } from "@redis-operator/core/errors";
import type { Handler } from "hono";
import { prefers } from "../prefer.ts";
import { parseBody, parseQuery } from "../request.ts";
import { toWireJob, toWireResult } from "../wire/backup.ts";
import type { TurnDeps } from "./role-change.ts";

/** What the routes of backups need. */
export interface BackupDeps extends TurnDeps {
  readonly jobs: BackupJobs;
}

/**
 * `POST /v1/backup`: backs up and answers when the object is stored. A caller that goes away cancels it: nobody would
 * learn of the object.
 *
 * With `Prefer: respond-async` it answers 202 at once, and the backup goes on whether the caller stays or not. A backup
 * that has been made before is answered as such either way.
 */
export function backupRoute({ jobs, roleChanges, maxWaitMs, isFenced }: BackupDeps): Handler {
  return async (context) => {
    const { force } = parseQuery(context, backupQuerySchema);
    const { backupName, method, destination } = await parseBody(context, backupRequestSchema);
    const isAsync = prefers(context.req.header("Prefer"), { preference: asyncPreference });
    const { signal } = context.req.raw;
    async function begin() {
      if (isFenced()) {
        const why = "the instance is fenced, so that its Redis is down";
        throw new InstanceError("INSTANCE_FENCED", `backup ${backupName} was not begun: ${why}`);
      }
      const request = { backupName, method, destination: destination.s3 };
      return jobs.start(request, { force, ...(!isAsync && { signal }) });
    }
    // Its begin alone takes a turn: a role may change while it runs.
    const what = `the begin of backup ${backupName}`;
    const { job, ended } = await roleChanges.run(begin, { what, maxWaitMs, signal });
    if (isAsync && job.phase === "running") {
      return context.json<BackupJob>(toWireJob(job), 202, {
        Location: routes.backupJob.path.replace(":name", backupName),
        "Preference-Applied": asyncPreference,
      });
    }
    return context.json<BackupResult>(toWireResult(await ended));
  };
}
