import { access } from "node:fs/promises";
import { describeError, InstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { BackupSetup, TaskKind, TaskOf, Tasks } from "./backup-messages.ts";
import type { BackupPhase, BackupRequest, BackupResult, BackupRunOptions } from "./backup-request.ts";
import { type ChildProgram, runInChild } from "./child-task.ts";
import type { PruneRequest, PruneResult } from "./prune-request.ts";

/** What a {@link BackupProcess} is made of. */
export interface BackupProcessDeps extends ChildProgram {
  readonly setup: BackupSetup;
  readonly logger: Logger;
}

/**
 * Does what needs the AWS SDK, each task in a child process that ends with it: the memory comes back, and the event loop of
 * the manager stays free. One task at a time is up to the caller.
 */
export interface BackupProcess {
  /**
   * Makes one backup. When `signal` aborts, the child process has cleaned up before this rejects.
   *
   * @throws InstanceError `BACKUP_CREDENTIALS_INVALID`, `SNAPSHOT_FAILED`, `AOF_DISABLED`, `AOF_REWRITE_FAILED`,
   * `ARTIFACT_FAILED`, `UPLOAD_FAILED` by the stage that failed; `BACKUP_ABORTED`; `BACKUP_PROCESS_DIED`. Nothing of a
   * backup that failed stays in the bucket or on the disk.
   */
  run(request: BackupRequest, options: BackupRunOptions): Promise<BackupResult>;
  /** Deletes old backups. @throws InstanceError `PRUNE_FAILED`, `BACKUP_CREDENTIALS_INVALID`, `BACKUP_ABORTED`, `BACKUP_PROCESS_DIED` */
  prune(request: PruneRequest, options: { readonly signal: AbortSignal }): Promise<PruneResult>;
  /** Removes what an upload left in the store whose process was killed, and names it in the log. Never throws. */
  discardLeftovers(): Promise<void>;
}

const neverAborted = new AbortController().signal;
const ignore = () => undefined;

/** Creates a {@link BackupProcess}. Nothing is started before its first task. */
export function createBackupProcess(deps: BackupProcessDeps): BackupProcess {
  const { setup, logger } = deps;
  let cleaning: Promise<void> = Promise.resolve();

  /** Runs a task, and sees to it that a process which dies leaves nothing in the store. */
  async function run<Kind extends TaskKind>(
    task: TaskOf<Kind>,
    { what, signal, onProgress }: BackupRunOptions & { readonly what: string },
  ): Promise<Tasks[Kind]["result"]> {
    let phase: BackupPhase = "waiting";
    await cleaning;
    if (signal.aborted) throw aborted(what, signal);
    const outcome = await runInChild(task, {
      program: deps,
      signal,
      onProgress(progress) {
        ({ phase } = progress);
        onProgress(progress);
      },
      logger,
    });
    if ("result" in outcome) return outcome.result;
    if ("error" in outcome) throw outcome.error;
    await discardLeftovers();
    if (signal.aborted) throw aborted(what, signal);
    throw new InstanceError("BACKUP_PROCESS_DIED", `${what} failed while ${phase}: ${outcome.death}`);
  }

  async function clean(): Promise<void> {
    if (!(await exists(setup.journalDir))) return;
    const task = { kind: "discard-leftovers", request: undefined, setup } as const;
    const outcome = await runInChild(task, {
      program: deps,
      signal: neverAborted,
      onProgress: ignore,
      logger,
    });
    if ("error" in outcome) logger.warn({ err: outcome.error }, "removing what a backup has left failed");
  }

  function discardLeftovers(): Promise<void> {
    cleaning = cleaning.then(clean);
    return cleaning;
  }

  return {
    run: (request, options) =>
      run({ kind: "backup", request, setup }, { ...options, what: `backup ${request.backupName}` }),
    prune: (request, { signal }) =>
      run({ kind: "prune", request, setup }, { signal, onProgress: ignore, what: "pruning backups" }),
    discardLeftovers,
  };
}

function aborted(what: string, signal: AbortSignal): InstanceError {
  return new InstanceError("BACKUP_ABORTED", `${what} was aborted: ${describeError(signal.reason)}`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
