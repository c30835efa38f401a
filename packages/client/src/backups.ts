import { backupNameSchema } from "./contract/backup.ts";
import { type BackupJob, backupJobListSchema, backupJobSchema } from "./contract/backup-job.ts";
import { type PruneRequest, type PruneResult, pruneResultSchema } from "./contract/prune.ts";
import { routes } from "./contract/routes.ts";
import type { Caller, CallOptions } from "./http/caller.ts";
import { requireJson } from "./http/reply.ts";
import { maxListBytes } from "./limits.ts";

/** What has become of a manager's backups. Every method throws a `ManagerError`. */
export interface Backups {
  /** The running backup and the last hundred that have ended, newest first; none outlives the manager's process. */
  list(options?: CallOptions): Promise<readonly BackupJob[]>;
  /** One of them. Refused with `BACKUP_NOT_FOUND` if it is not known. @throws TypeError for what can be no name. */
  get(backupName: string, options?: CallOptions): Promise<BackupJob>;
  /**
   * Cancels a backup, which ends soon after; one that has ended stays as it is.
   *
   * @returns The job as it was at that moment.
   * @throws As {@link get}.
   */
  cancel(backupName: string, options?: CallOptions): Promise<BackupJob>;
  /**
   * Deletes the backups under the destination's path that neither `keepLast` nor `keepFor` keeps; never the newest, and
   * nothing but what a manager stored there. With `dryRun`, the default, it only tells which those are.
   */
  prune(request: PruneRequest, options?: CallOptions): Promise<PruneResult>;
}

const accept = "application/json";

/** Creates the calls of {@link Backups}. */
export function createBackups(
  caller: Caller,
  { pruneTimeoutMs }: { readonly pruneTimeoutMs: number },
): Backups {
  return {
    async list(callOptions) {
      const reply = await caller(
        { route: routes.backupJobs, accept, maxReplyBytes: maxListBytes },
        callOptions,
      );
      return requireJson(reply, { schema: backupJobListSchema }).backups;
    },

    async get(backupName, callOptions) {
      const reply = await caller(
        { route: routes.backupJob, name: requireName(backupName), accept },
        callOptions,
      );
      return requireJson(reply, { schema: backupJobSchema });
    },

    async cancel(backupName, callOptions) {
      const reply = await caller(
        { route: routes.cancelBackup, name: requireName(backupName), accept },
        callOptions,
      );
      return requireJson(reply, { schema: backupJobSchema, statuses: [200, 202] });
    },

    async prune(request, callOptions) {
      const reply = await caller(
        {
          route: routes.pruneBackups,
          accept,
          body: request,
          timeoutMs: pruneTimeoutMs,
          maxReplyBytes: maxListBytes,
        },
        callOptions,
      );
      return requireJson(reply, { schema: pruneResultSchema });
    },
  };
}

// ".." would make another path of it, and "" the list.
function requireName(backupName: string): string {
  if (backupNameSchema.safeParse(backupName).success) return backupName;
  throw new TypeError(`backup name ${JSON.stringify(backupName)}: must be an RFC 1123 subdomain`);
}
