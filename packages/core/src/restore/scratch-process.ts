import { spawn } from "node:child_process";
import { once } from "node:events";
import { describeError, InstanceError } from "../errors.ts";
import type { ProgramOptions } from "./run-program.ts";

/** A process that is killed when it is not needed any more. */
export interface ScratchProcess {
  hasEnded(): boolean;
  /** The last lines that it wrote, all of them once it has ended, or the signal that ended it. */
  readLastWords(): Promise<string>;
  /** Kills it unless it has ended, and waits for its end. */
  stop(): Promise<void>;
}

const keptOutputLength = 4 * 1024;
const keptLines = 2;

/**
 * Starts a process that lives no longer than `signal` isn't aborted.
 *
 * @throws InstanceError `PROCESS_START_FAILED` if the binary can't be run.
 */
export async function startScratchProcess(
  binary: string,
  { args, searchPath, signal }: ProgramOptions,
): Promise<ScratchProcess> {
  signal.throwIfAborted();
  const child = spawn(binary, args, {
    env: { PATH: searchPath },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-keptOutputLength);
    });
  }
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw new InstanceError("PROCESS_START_FAILED", `starting ${binary} failed: ${describeError(cause)}`, {
      cause,
    });
  }
  const ended = once(child, "close");
  const kill = () => void child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  void ended.then(() => signal.removeEventListener("abort", kill));
  if (signal.aborted) kill();

  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    hasEnded,
    async readLastWords() {
      if (hasEnded()) await ended;
      if (child.signalCode !== null) return `by ${child.signalCode}`;
      return output.trim().split("\n").slice(-keptLines).join("; ");
    },
    async stop() {
      kill();
      await ended;
    },
  };
}
