import { backupNameSchema } from "./contract/backup.ts";
import { backupJobListSchema, backupJobSchema } from "./contract/backup-job.ts";
import { pruneResultSchema } from "./contract/prune.ts";
import { routes } from "./contract/routes.ts";
import type { BackupJob, PruneRequest, PruneResult } from "./contract/types.ts";
import type { CallOptions, RepeatableCallOptions } from "./http/call-options.ts";
import type { Caller } from "./http/caller.ts";
import { jsonReader } from "./http/reply.ts";
import { maxListBytes } from "./limits.ts";

/** What has become of a manager's backups. Every method throws a `ManagerError`. */
export interface Backups {
  /** The running backup and the last hundred that have ended, newest first; none outlives the manager's process. */
  list(options?: RepeatableCallOptions): Promise<readonly BackupJob[]>;
  /** One of them. Refused with `BACKUP_NOT_FOUND` if it is not known. @throws TypeError for what can be no name. */
  get(backupName: string, options?: RepeatableCallOptions): Promise<BackupJob>;
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
      const read = jsonReader({ schema: backupJobListSchema });
      const call = { route: routes.backupJobs, accept, maxReplyBytes: maxListBytes, read };
      return (await caller(call, callOptions)).backups;
    },

    async get(backupName, callOptions) {
      const read = jsonReader({ schema: backupJobSchema });
      return caller({ route: routes.backupJob, name: requireName(backupName), accept, read }, callOptions);
    },

    async cancel(backupName, callOptions) {
      const read = jsonReader({ schema: backupJobSchema, statuses: [200, 202] });
      return caller({ route: routes.cancelBackup, name: requireName(backupName), accept, read }, callOptions);
    },

    async prune(request, callOptions) {
      const read = jsonReader({ schema: pruneResultSchema });
      const limits = { timeoutMs: pruneTimeoutMs, maxReplyBytes: maxListBytes };
      return caller({ route: routes.pruneBackups, accept, body: request, ...limits, read }, callOptions);
    },
  };
}

// ".." would make another path of it, and "" the list.
function requireName(backupName: string): string {
  if (backupNameSchema.safeParse(backupName).success) return backupName;
  throw new TypeError(`backup name ${JSON.stringify(backupName)}: must be an RFC 1123 subdomain`);
}
