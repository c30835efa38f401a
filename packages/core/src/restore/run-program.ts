import { spawn } from "node:child_process";
import { describeError, InstanceError } from "../errors.ts";
import { hasCode } from "./disk-error.ts";

/** How a program that ran to its end went. */
export interface ProgramResult {
  readonly succeeded: boolean;
  /** The end of what it wrote, to stdout and stderr. */
  readonly output: string;
}

const keptOutputLength = 16 * 1024;

/** What a program is run with. */
export interface ProgramOptions {
  readonly args: readonly string[];
  /** What `PATH` is for it, and the only variable that it gets: it reads what may be hostile, and others hold secrets. */
  readonly searchPath: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Runs a program to its end.
 *
 * @returns `undefined` if it is not installed.
 * @throws InstanceError `PROCESS_START_FAILED` if it can't be run; `signal`'s reason if that aborts, when it is gone.
 */
export async function runProgram(
  command: string,
  { args, searchPath, signal }: ProgramOptions,
): Promise<ProgramResult | undefined> {
  signal.throwIfAborted();
  const child = spawn(command, args, {
    env: { PATH: searchPath },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-keptOutputLength);
    });
  }
  const kill = () => void child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  try {
    const isZero = await new Promise<boolean>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code === 0));
    });
    signal.throwIfAborted();
    return { succeeded: isZero, output };
  } catch (cause) {
    signal.throwIfAborted();
    if (hasCode(cause, "ENOENT")) return undefined;
    throw new InstanceError("PROCESS_START_FAILED", `starting ${command} failed: ${describeError(cause)}`, {
      cause,
    });
  } finally {
    signal.removeEventListener("abort", kill);
  }
}
