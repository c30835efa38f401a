import type { LogFields, Logger } from "../logger.ts";
import type { RedisConnectionOptions } from "../redis/connection.ts";
import type { BackupProgress, BackupRequest, BackupResult, BackupSettings } from "./backup-request.ts";
import type { PruneRequest, PruneResult } from "./prune-request.ts";
import type { SentError } from "./sent-error.ts";

/** What a backup process can be asked to do, and what it answers. */
export interface Tasks {
  /** Make a backup. */
  readonly backup: { readonly request: BackupRequest; readonly result: BackupResult };
  /** Delete old backups. */
  readonly prune: { readonly request: PruneRequest; readonly result: PruneResult };
  /** Remove what an upload left in the store whose process was killed. */
  readonly "discard-leftovers": { readonly request: undefined; readonly result: null };
}

/** The kind of a task. */
export type TaskKind = keyof Tasks;

/** What holds for every task: where things are and how long they may take. Never a secret. */
export interface BackupSetup {
  readonly redis: RedisConnectionOptions;
  /** Folder with the files that hold the S3 credentials, read anew for every task. */
  readonly credentialsDir: string;
  /** Folder that tells of an upload under way, so that what it leaves behind when its process is killed can be found. */
  readonly journalDir: string;
  /** The program of the thread that reads a large snapshot: `part-thread.ts`, or a bundle of it. */
  readonly partThreadProgram: string;
  readonly settings: BackupSettings;
}

/** A task as it is sent. */
export interface TaskOf<Kind extends TaskKind> {
  readonly kind: Kind;
  readonly request: Tasks[Kind]["request"];
  readonly setup: BackupSetup;
}

/** A task of any kind. */
export type Task = { readonly [Kind in TaskKind]: TaskOf<Kind> }[TaskKind];

/** What the manager sends to a backup process: one task, and perhaps that it be aborted. */
export type MessageToProcess<AnyTask = Task> =
  { readonly type: "task"; readonly task: AnyTask } | { readonly type: "abort"; readonly reason: string };

/** What a backup process sends: any number of reports, then one result or error. */
export type MessageFromProcess<Kind extends TaskKind = TaskKind> =
  | { readonly type: "progress"; readonly progress: BackupProgress }
  | {
      readonly type: "log";
      readonly level: keyof Logger;
      readonly fields: LogFields;
      readonly message: string;
    }
  | { readonly type: "result"; readonly result: Tasks[Kind]["result"] }
  | { readonly type: "error"; readonly error: SentError };
