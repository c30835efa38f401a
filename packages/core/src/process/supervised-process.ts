import { type ChildProcess, spawn } from "node:child_process";
import { basename } from "node:path";
import { describeError, InstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { forwardLog } from "./forward-log.ts";
import { endWithParent } from "./parent-death.ts";
import type { RedisProcess } from "./redis-process.ts";

/** What is started. */
export interface SupervisedProcessOptions {
  /** Path, or a name to look up in `PATH`. */
  readonly binary: string;
  readonly args: readonly string[];
  readonly logger: Logger;
}

/** How a process ended: by an exit code or by a signal. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A Redis that is the manager's child. */
export interface SupervisedProcess extends RedisProcess {
  readonly pid: number;
  /** Settles when the process has ended and what it wrote has been passed on; never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** The last lines that it wrote, without their prefixes: why it ended, where it ended by itself. */
  lastLines(): readonly string[];
  /**
   * Ends the process with SIGTERM, on which Redis waits for its replicas and saves, and with SIGKILL once `graceMs`
   * have passed. Calls share one stop, whose grace is the first one's; of a process that has ended it tells how.
   */
  stop(options: { readonly graceMs: number }): Promise<ProcessExit>;
}

// Redis drops a SIGTERM while it writes its first append-only file ("Writing initial AOF, can't exit"), so it is sent
// again. One more does no harm to a shutdown that is under way.
const repeatSigtermMs = 1_000;

// A saving child may outlive its server and hold the pipes open, so their end is awaited only for so long.
const drainMs = 1_000;

// Of a fatal configuration error the last five lines tell it all.
const keptLines = 5;

/**
 * Starts Redis as a child and passes its output on through the logger. An end that nobody asked for is logged.
 *
 * The child leads a process group of its own: Ctrl-C in a terminal signals the whole foreground group, and Redis
 * takes a second SIGINT as leave to exit at once, without saving. So only `stop` ends it, in its order. Where the system
 * can, it is ended with SIGTERM when the manager is gone.
 *
 * @throws InstanceError `PROCESS_START_FAILED` if the binary can't be run.
 */
export async function startSupervisedProcess(options: SupervisedProcessOptions): Promise<SupervisedProcess> {
  const { binary, args, logger } = options;
  const name = basename(binary);
  const command = await endWithParent({ binary, args });
  const child = spawn(command.binary, [...command.args], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const pid = await spawned(child, binary);
  const lines: string[] = [];
  const keepLine = (text: string) => {
    lines.push(text);
    if (lines.length > keptLines) lines.shift();
  };
  forwardLog(child.stdout, { logger, plainLevel: "info", onLine: keepLine });
  forwardLog(child.stderr, { logger, plainLevel: "error", onLine: keepLine });
  logger.info({ pid }, `${name} started`);

  let stopping: Promise<ProcessExit> | undefined;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once("exit", (code, signal) => {
      if (stopping === undefined) logger.error({ pid, code, signal }, `${name} ended by itself`);
      else logger.info({ pid, code, signal }, `${name} stopped`);
      const drained = setTimeout(() => resolve({ code, signal }), drainMs);
      child.once("close", () => {
        clearTimeout(drained);
        resolve({ code, signal });
      });
    });
  });

  async function stop(graceMs: number): Promise<ProcessExit> {
    const terminate = () => child.kill("SIGTERM");
    terminate();
    // A process stopped with SIGSTOP handles SIGTERM, and with it saves, only once it goes on.
    child.kill("SIGCONT");
    const terminator = setInterval(terminate, repeatSigtermMs);
    const killer = setTimeout(() => {
      logger.warn({ pid, graceMs }, `${name} did not end on SIGTERM, sending SIGKILL`);
      child.kill("SIGKILL");
    }, graceMs);
    const exit = await exited;
    clearInterval(terminator);
    clearTimeout(killer);
    return exit;
  }

  function hasEnded(): boolean {
    return child.exitCode !== null || child.signalCode !== null;
  }

  return {
    pid,
    exited,
    lastLines: () => [...lines],
    isRunning: () => Promise.resolve(!hasEnded()),
    stop({ graceMs }) {
      if (hasEnded()) return exited;
      return (stopping ??= stop(graceMs));
    },
  };
}

function spawned(child: ChildProcess, binary: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(child.pid ?? 0));
    child.once("error", (cause) => {
      const message = `starting ${binary} failed: ${describeError(cause)}; install it or set REDIS_BINARY`;
      reject(new InstanceError("PROCESS_START_FAILED", message, { cause }));
    });
  });
}
