import { isDeepStrictEqual } from "node:util";
import { InstanceError, isInstanceError } from "../errors.ts";
import type { LogFields, Logger } from "../logger.ts";
import { type AllowedDestination, requireAllowedDestination } from "./allowed-destinations.ts";
import { type BackupJob, describeDestination, type JobState } from "./backup-job.ts";
import type { BackupProgress, BackupRequest, BackupResult, BackupRunOptions } from "./backup-request.ts";
import { createOneAtATime } from "./one-at-a-time.ts";
import type { PruneRequest, PruneResult } from "./prune-request.ts";

/** What {@link BackupJobs} are made of. */
export interface BackupJobsDeps {
  readonly makeBackup: (request: BackupRequest, options: BackupRunOptions) => Promise<BackupResult>;
  readonly prune: (request: PruneRequest, options: { readonly signal: AbortSignal }) => Promise<PruneResult>;
  /** Unset: objects may go anywhere. */
  readonly allowedDestinations: readonly AllowedDestination[] | undefined;
  /** Aborted when the manager begins to stop: cancels whatever runs. */
  readonly stopSignal: AbortSignal;
  readonly logger: Logger;
}

/** How a backup is started. */
export interface StartOptions {
  /** Whether it is made although it has been made before. */
  readonly force: boolean;
  /** Cancels this backup; unset: only {@link BackupJobs.cancel} and a stop do. */
  readonly signal?: AbortSignal;
}

/** A backup that was started, or made before. */
export interface StartedBackup {
  readonly job: BackupJob;
  /** Rejects as the backup failed. */
  readonly ended: Promise<BackupResult>;
}

/** The backups of this process: the running one and the last that have ended. */
export interface BackupJobs {
  /**
   * Starts a backup. One that has succeeded with the same name, method and destination is not made again: its job is
   * returned, with its result.
   *
   * @throws InstanceError `DESTINATION_NOT_ALLOWED`, `BACKUP_IN_PROGRESS`
   */
  start(request: BackupRequest, options: StartOptions): StartedBackup;
  /** All that are known, newest first. */
  list(): readonly BackupJob[];
  /** @throws InstanceError `BACKUP_NOT_FOUND` */
  get(backupName: string): BackupJob;
  /**
   * Cancels a backup that runs, and leaves one that has ended as it is.
   *
   * @returns The job at that moment; it ends a little later.
   * @throws InstanceError `BACKUP_NOT_FOUND`
   */
  cancel(backupName: string): BackupJob;
  /**
   * Deletes old backups, or tells which. No backup runs meanwhile: it could replace an object that is about to go.
   *
   * @throws InstanceError `DESTINATION_NOT_ALLOWED`, `BACKUP_IN_PROGRESS`, `PRUNE_FAILED`, `BACKUP_ABORTED`
   */
  prune(request: PruneRequest, options: { readonly signal: AbortSignal }): Promise<PruneResult>;
  /** Waits until nothing runs, for `timeoutMs` at the most. Never rejects. */
  idle(options: { readonly timeoutMs: number }): Promise<void>;
}

/** A job as it is kept. */
interface Entry {
  readonly request: BackupRequest;
  readonly startedAt: string;
  readonly cancellation: AbortController;
  progress: BackupProgress;
  state: JobState;
}

// A hundred days of nightly backups; each takes a few kilobytes.
const maxEndedJobs = 100;

/** Creates the jobs of one manager. They live in memory: none outlives the process. */
export function createBackupJobs(deps: BackupJobsDeps): BackupJobs {
  const { makeBackup, allowedDestinations: allowed, stopSignal } = deps;
  // In the order of their start.
  const entries = new Map<string, Entry>();
  const turn = createOneAtATime();

  function find(backupName: string): Entry {
    const entry = entries.get(backupName);
    if (entry !== undefined) return entry;
    throw new InstanceError("BACKUP_NOT_FOUND", `no backup ${backupName} is known to this process`);
  }

  async function run(entry: Entry, signal: AbortSignal): Promise<BackupResult> {
    const begun = performance.now();
    // By the clock that can't jump.
    const elapsedMs = () => Math.round(performance.now() - begun);
    const finishedAt = () => new Date(Date.parse(entry.startedAt) + elapsedMs()).toISOString();
    const onProgress = (progress: BackupProgress) => {
      entry.progress = progress;
    };
    try {
      const result = await makeBackup(entry.request, { signal, onProgress });
      entry.state = { phase: "succeeded", finishedAt: finishedAt(), result };
      return result;
    } catch (error) {
      entry.state = { ...toFailure(error), finishedAt: finishedAt() };
      const { backupName, method } = entry.request;
      report(error, { fields: { backupName, method, durationMs: elapsedMs() }, logger: deps.logger });
      throw error;
    } finally {
      dropOldest(entries);
    }
  }

  return {
    start(request, { force, signal }) {
      requireAllowedDestination(request.destination, { allowed });
      const { backupName } = request;
      const known = entries.get(backupName);
      if (!force && known?.state.phase === "succeeded" && isDeepStrictEqual(known.request, request)) {
        return { job: toJob(known), ended: Promise.resolve(known.state.result) };
      }
      const entry: Entry = {
        request,
        startedAt: new Date().toISOString(),
        cancellation: new AbortController(),
        progress: { phase: "waiting", sentBytes: 0 },
        state: { phase: "running" },
      };
      const signals = [entry.cancellation.signal, stopSignal, ...(signal === undefined ? [] : [signal])];
      const ended = turn.run(`backup ${backupName}`, () => run(entry, AbortSignal.any(signals)));
      // Nobody has to wait for it.
      ended.catch(() => undefined);
      entries.delete(backupName);
      entries.set(backupName, entry);
      return { job: toJob(entry), ended };
    },

    list: () => Array.from(entries.values(), toJob).toReversed(),

    get: (backupName) => toJob(find(backupName)),

    cancel(backupName) {
      const entry = find(backupName);
      entry.cancellation.abort(new Error("it was cancelled by a request"));
      return toJob(entry);
    },

    async prune(request, { signal }) {
      const { destination } = request;
      requireAllowedDestination(destination, { allowed });
      const result = await turn.run(`a prune of s3://${destination.bucket}/${destination.path}`, () =>
        deps.prune(request, { signal: AbortSignal.any([signal, stopSignal]) }),
      );
      if (result.dryRun) return result;
      const { bucket, path } = destination;
      forgetDeleted(entries, { bucket, deleted: result.deleted });
      const deleted = result.deleted.map(({ objectKey }) => objectKey);
      deps.logger.info({ bucket, path, kept: result.kept.length, deleted }, "backups pruned");
      return result;
    },

    idle: (options) => turn.idle(options),
  };
}

function toJob({ request, startedAt, progress, state }: Entry): BackupJob {
  const { backupName, method, destination } = request;
  return {
    backupName,
    method,
    destination: describeDestination(destination),
    progress,
    startedAt,
    ...state,
  };
}

function toFailure(error: unknown) {
  if (!isInstanceError(error)) {
    const message = "the backup failed for a reason that the manager's log names";
    return { phase: "failed", error: { code: "INTERNAL", message } } as const;
  }
  const { code, message } = error;
  return { phase: code === "BACKUP_ABORTED" ? "cancelled" : "failed", error: { code, message } } as const;
}

function report(
  error: unknown,
  { fields, logger }: { readonly fields: LogFields; readonly logger: Logger },
): void {
  if (!isInstanceError(error)) logger.error({ ...fields, err: error }, "backup failed");
  else if (error.code === "BACKUP_ABORTED")
    logger.info({ ...fields, reason: error.message }, "backup cancelled");
  else logger.warn({ ...fields, code: error.code, reason: error.message }, "backup failed");
}

/** A repeat must not be answered with a backup that is gone. */
function forgetDeleted(
  entries: Map<string, Entry>,
  { bucket, deleted }: { readonly bucket: string; readonly deleted: PruneResult["deleted"] },
): void {
  const gone = new Set(deleted.map(({ objectKey }) => `s3://${bucket}/${objectKey}`));
  for (const [backupName, { state }] of entries) {
    if (state.phase === "succeeded" && gone.has(state.result.backupPath)) entries.delete(backupName);
  }
}

function dropOldest(entries: Map<string, Entry>): void {
  const ended = Array.from(entries).filter(([, { state }]) => state.phase !== "running");
  for (const [backupName] of ended.slice(0, -maxEndedJobs)) entries.delete(backupName);
}
