import { asyncPreference, backupResultSchema } from "./contract/backup.ts";
import { backupJobSchema } from "./contract/backup-job.ts";
import { routes } from "./contract/routes.ts";
import type { BackupJob, BackupProgress, BackupRequest, BackupResult } from "./contract/types.ts";
import { BackupFailedError, type FailedCall } from "./errors.ts";
import { type EndedBackupJob, followBackup } from "./follow-backup.ts";
import type { CallOptions } from "./http/call-options.ts";
import type { Caller } from "./http/caller.ts";
import type { Reply } from "./http/exchange.ts";
import { requireJson, toOneLine } from "./http/reply.ts";

/** What one backup may have of its own. */
export interface BackupOptions extends CallOptions {
  /** Whether it is made although the manager has made it before: same name, method and destination. Default false. */
  readonly force?: boolean | undefined;
  /** Is told how far the backup is, about once a second. What it throws ends the call. */
  readonly onProgress?: ((progress: BackupProgress) => void) | undefined;
}

/**
 * Has a manager make a backup and waits until it has ended.
 *
 * The manager is asked to answer at once, and from then on how far it is, so that no connection has to outlast the backup.
 * One that doesn't know of that answers when the backup has ended. The request is never repeated: it may have begun one.
 *
 * @throws ManagerError
 */
export async function runBackup(
  caller: Caller,
  {
    request,
    timeoutMs,
    signal,
    requestId,
    onProgress,
    force = false,
  }: BackupOptions & { readonly request: BackupRequest; readonly timeoutMs: number },
): Promise<BackupResult> {
  const deadlineAt = performance.now() + timeoutMs;
  const begun = await caller(
    {
      route: routes.backup,
      query: force ? { force: "true" } : {},
      accept: "application/json",
      prefer: asyncPreference,
      body: request,
      read: readBegun,
    },
    { timeoutMs, signal, requestId },
  );
  if ("result" in begun) return begun.result;
  const { accepted, call } = begun;
  const options = { accepted, call, timeoutMs, deadlineAt, signal, requestId, onProgress };
  const ended: EndedBackupJob = await followBackup(caller, options);
  if (ended.phase === "succeeded") return ended.result;
  const { code, message } = ended.error;
  throw new BackupFailedError(call, { code, reason: toOneLine(message) });
}

/** A backup that was accepted, or the result of one that has ended by the time of the answer. */
type Begun = { readonly accepted: BackupJob; readonly call: FailedCall } | { readonly result: BackupResult };

function readBegun(reply: Reply): Begun {
  if (reply.status !== 202) return { result: requireJson(reply, { schema: backupResultSchema }) };
  return { accepted: requireJson(reply, { schema: backupJobSchema, statuses: [202] }), call: reply.call };
}
