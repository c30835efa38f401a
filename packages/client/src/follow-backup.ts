import { backupJobSchema } from "./contract/backup-job.ts";
import { routes } from "./contract/routes.ts";
import type { BackupJob, BackupProgress } from "./contract/types.ts";
import { type FailedCall, ManagerError, ManagerTimedOutError } from "./errors.ts";
import type { Caller } from "./http/caller.ts";
import { pause } from "./http/pause.ts";
import { jsonReader } from "./http/reply.ts";
import { cancelTimeoutMs, maxPollSilenceMs, pollPauses } from "./limits.ts";

/** A job of which nothing more is to come. */
export type EndedBackupJob = Exclude<BackupJob, { phase: "running" }>;

/** Which job is followed, and for how long. */
export interface FollowOptions {
  /** The job as it was accepted. */
  readonly accepted: BackupJob;
  /** What it was accepted by, for messages. */
  readonly call: FailedCall;
  readonly timeoutMs: number;
  /** When the time is over, by `performance.now()`. */
  readonly deadlineAt: number;
  readonly signal: AbortSignal | undefined;
  readonly requestId: string | undefined;
  readonly onProgress: ((progress: BackupProgress) => void) | undefined;
}

/**
 * Asks for a job until it has ended. If that fails, or the time is over or the caller aborts, the job is cancelled.
 *
 * @throws ManagerError, or what `onProgress` throws.
 */
export async function followBackup(caller: Caller, options: FollowOptions): Promise<EndedBackupJob> {
  try {
    return await pollUntilEnded(caller, options);
  } catch (error) {
    await cancel(caller, options);
    throw error;
  }
}

async function pollUntilEnded(caller: Caller, options: FollowOptions): Promise<EndedBackupJob> {
  const { call, timeoutMs, deadlineAt, signal, requestId, onProgress } = options;
  let job = options.accepted;
  let heardAt = performance.now();
  let pauseMs: number = pollPauses.firstMs;
  for (;;) {
    onProgress?.(job.progress);
    if (job.phase !== "running") return job;
    await pause(Math.min(pauseMs, deadlineAt - performance.now()), signal);
    pauseMs = Math.min(pauseMs * 2, pollPauses.longestMs);
    if (performance.now() >= deadlineAt) {
      throw new ManagerTimedOutError(call, { why: `within ${timeoutMs} ms` });
    }
    try {
      job = await readJob(caller, { name: job.backupName, signal, requestId });
      heardAt = performance.now();
    } catch (error) {
      const isHiccup = error instanceof ManagerError && error.isTransient;
      if (!isHiccup || performance.now() - heardAt > maxPollSilenceMs) throw error;
    }
  }
}

async function readJob(
  caller: Caller,
  { name, ...options }: Pick<FollowOptions, "signal" | "requestId"> & { readonly name: string },
): Promise<BackupJob> {
  const read = jsonReader({ schema: backupJobSchema });
  // The loop asks again by itself.
  return caller(
    { route: routes.backupJob, name, accept: "application/json", read },
    { ...options, retries: 0 },
  );
}

// Whether it succeeds or not: why the call ended matters more.
async function cancel(caller: Caller, { accepted, requestId }: FollowOptions): Promise<void> {
  const call = { route: routes.cancelBackup, name: accepted.backupName, accept: "application/json" };
  const options = { timeoutMs: cancelTimeoutMs, requestId };
  await caller({ ...call, read: () => undefined }, options).catch(() => undefined);
}
