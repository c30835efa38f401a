import { describeError, InstanceError } from "../errors.ts";
import type { LogFields, Logger } from "../logger.ts";
import { createRedisConnection } from "../redis/connection.ts";
import type { MessageFromProcess, MessageToProcess, Task, TaskKind, Tasks } from "./backup-messages.ts";
import type { BackupRequest, BackupResult, BackupRunOptions } from "./backup-request.ts";
import { discardLeftovers } from "./discard-leftovers.ts";
import { makeBackup } from "./make-backup.ts";
import { runPruneJob } from "./prune-job.ts";
import { toSentError } from "./sent-error.ts";
import { createUploadJournal } from "./upload-journal.ts";

/** The side of a backup process that leads to the manager: `process` of a forked one. */
export interface ManagerChannel {
  on(event: "message", listener: (message: unknown) => void): unknown;
  on(event: "disconnect", listener: () => void): unknown;
  send?(message: unknown, onSent: (error: Error | null) => void): boolean;
}

/**
 * Does the one task that the manager sends, and answers, in a process that was forked for it. When the manager goes away
 * the task is aborted, and cleans up what it has begun.
 *
 * @returns Settles when the process may end. Never rejects.
 */
export async function serveBackupJob(channel: ManagerChannel): Promise<void> {
  const abort = new AbortController();
  const { promise: received, resolve: receive } = Promise.withResolvers<Task | undefined>();
  channel.on("message", (message) => {
    if (!isMessageToProcess(message)) return;
    if (message.type === "task") receive(message.task);
    else abort.abort(new Error(message.reason));
  });
  channel.on("disconnect", () => {
    abort.abort(new Error("the manager is gone"));
    receive(undefined);
  });

  /** Settles also when the manager is gone and nobody can be told. */
  function send(message: MessageFromProcess): Promise<void> {
    return new Promise((resolve) => {
      if (channel.send === undefined) resolve();
      else channel.send(message, () => resolve());
    });
  }

  const task = await received;
  if (task === undefined) return;
  try {
    const result = await runTask(task, {
      signal: abort.signal,
      onProgress: (progress) => void send({ type: "progress", progress }),
      logger: createRemoteLogger((entry) => void send(entry)),
    });
    await send({ type: "result", result });
  } catch (error) {
    await send({ type: "error", error: toSentError(error) });
  }
}

interface TaskOptions extends BackupRunOptions {
  readonly logger: Logger;
}

async function runTask(task: Task, options: TaskOptions): Promise<Tasks[TaskKind]["result"]> {
  if (task.kind === "backup") return await runBackup(task, options);
  if (task.kind === "prune") {
    return await runPruneJob(task.request, { setup: task.setup, signal: options.signal });
  }
  return await runDiscardLeftovers(task, options);
}

async function runDiscardLeftovers({ setup }: Pick<Task, "setup">, { logger }: TaskOptions): Promise<null> {
  const { settings } = setup;
  await discardLeftovers({
    journal: createUploadJournal(setup.journalDir, logger),
    credentialsDir: setup.credentialsDir,
    connectTimeoutMs: settings.uploadConnectTimeoutMs,
    idleTimeoutMs: settings.uploadIdleTimeoutMs,
    maxAttempts: settings.uploadMaxAttempts,
    logger,
  });
  return null;
}

async function runBackup(
  { request, setup }: { readonly request: BackupRequest; readonly setup: Task["setup"] },
  options: TaskOptions,
): Promise<BackupResult> {
  const { signal } = options;
  const redis = createRedisConnection(setup.redis);
  try {
    return await makeBackup(request, { ...options, redis, setup });
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const why = describeError(signal.reason);
    throw new InstanceError("BACKUP_ABORTED", `backup ${request.backupName} was aborted: ${why}`, { cause });
  } finally {
    redis.close();
  }
}

/** Both ends are of one build, so the rest of a message needs no look. */
function isMessageToProcess(message: unknown): message is MessageToProcess {
  return typeof message === "object" && message !== null && "type" in message;
}

function createRemoteLogger(send: (entry: MessageFromProcess) => void): Logger {
  const log =
    (level: keyof Logger) =>
    ({ err, ...fields }: LogFields, message: string) =>
      send({
        type: "log",
        level,
        fields: { ...fields, ...(err !== undefined && { err: toSentError(err) }) },
        message,
      });
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}
