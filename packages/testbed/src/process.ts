import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** How a {@link RunningProcess} is started. */
export interface RunningProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the process, not an addition to this one's. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | undefined;
}

/** How a process ended: by an exit code or by a signal. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process whose output is kept and which is gone when it leaves its scope. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** Everything that it wrote to stdout and stderr so far. */
  output(): string;
  /** Settles when the process has ended. */
  readonly exited: Promise<ProcessExit>;
  hasExited(): boolean;
  kill(signal: NodeJS.Signals): void;
  /** Sends SIGTERM (a stopped process is continued first), then SIGKILL after ten seconds. Safe to repeat. */
  stop(): Promise<ProcessExit>;
}

const stopGraceMs = 10_000;

/** Starts a child process. @throws Error if the command can't be started. */
export async function startProcess(options: RunningProcessOptions): Promise<RunningProcess> {
  const { command, args, env, cwd } = options;
  const child: ChildProcess = spawn(command, [...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: env ?? process.env,
    cwd,
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  }
  let exit: ProcessExit | undefined;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once("close", (code, signal) => {
      exit = { code, signal };
      resolve(exit);
    });
  });
  await once(child, "spawn");
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} has no process id`);

  async function stop(): Promise<ProcessExit> {
    if (exit !== undefined) return exit;
    child.kill("SIGTERM");
    child.kill("SIGCONT");
    const killer = setTimeout(() => child.kill("SIGKILL"), stopGraceMs);
    try {
      return await exited;
    } finally {
      clearTimeout(killer);
    }
  }

  return {
    pid,
    exited,
    output: () => chunks.join(""),
    hasExited: () => exit !== undefined,
    kill: (signal) => void child.kill(signal),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}
