import { type ChildProcess, fork } from "node:child_process";
import { describeError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { MessageFromProcess, MessageToProcess, TaskKind, TaskOf, Tasks } from "./backup-messages.ts";
import type { BackupRunOptions } from "./backup-request.ts";
import { fromSentError, isSentError } from "./sent-error.ts";

/** What a child process runs. */
export interface ChildProgram {
  /** The program, which calls `serveBackupJob`. */
  readonly modulePath: string;
  /** Options of Node. */
  readonly execArgv: readonly string[];
  /** The whole environment: the AWS SDK finds its own credentials there. */
  readonly env: NodeJS.ProcessEnv;
}

/** How a task is run. */
export interface ChildTaskOptions extends BackupRunOptions {
  readonly program: ChildProgram;
  readonly logger: Logger;
}

/** The end of a child process that answered, or of one that didn't: why, for the end of a message. */
export type ChildOutcome<Kind extends TaskKind> =
  { readonly result: Tasks[Kind]["result"] } | { readonly error: Error } | { readonly death: string };

// Removing what an upload has left takes ten seconds at the most.
const abortGraceMs = 20_000;
// Of one that has answered.
const exitGraceMs = 5_000;
// The last words of a process that crashes.
const keptOutputLength = 4_000;

/**
 * Runs one task in a child process, to the end of that. It is aborted with `signal`, and killed where it doesn't end then.
 */
export async function runInChild<Kind extends TaskKind>(
  task: TaskOf<Kind>,
  { program, signal, onProgress, logger }: ChildTaskOptions,
): Promise<ChildOutcome<Kind>> {
  const child = fork(program.modulePath, [], {
    execArgv: [...program.execArgv],
    env: program.env,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const readOutput = collectOutput(child);
  let outcome: ChildOutcome<Kind> | undefined;
  let killer: NodeJS.Timeout | undefined;

  function killAfter(graceMs: number) {
    clearTimeout(killer);
    killer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  }

  function abort() {
    tell(child, { type: "abort", reason: describeError(signal.reason) });
    killAfter(abortGraceMs);
  }

  child.on("message", (message) => {
    if (!isMessageFromProcess<Kind>(message)) return;
    if (message.type === "progress") return onProgress(message.progress);
    if (message.type === "log") return logger[message.level](reviveError(message.fields), message.message);
    outcome =
      message.type === "result" ? { result: message.result } : { error: fromSentError(message.error) };
    killAfter(exitGraceMs);
  });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`its process could not be started: ${describeError(error)}`));
    child.once("close", (code, endSignal) =>
      resolve(
        endSignal === null ? `its process ended with code ${code}` : `its process was killed by ${endSignal}`,
      ),
    );
  });
  tell(child, { type: "task", task });
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    const death = await ended;
    if (outcome !== undefined) return outcome;
    logger.error({ kind: task.kind, death, output: readOutput() }, "a backup process died");
    return { death };
  } finally {
    signal.removeEventListener("abort", abort);
    clearTimeout(killer);
  }
}

function tell(child: ChildProcess, message: MessageToProcess<TaskOf<TaskKind>>): void {
  // One that is gone already is noticed by its end.
  if (child.connected) child.send(message, () => undefined);
}

function collectOutput(child: ChildProcess): () => string {
  let output = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-keptOutputLength);
  });
  return () => output;
}

/** Both ends are of one build, so the rest of a message needs no look. */
function isMessageFromProcess<Kind extends TaskKind>(message: unknown): message is MessageFromProcess<Kind> {
  return typeof message === "object" && message !== null && "type" in message;
}

function reviveError({
  err,
  ...fields
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return isSentError(err) ? { ...fields, err: fromSentError(err) } : fields;
}
