import { execFile } from "node:child_process";

/** A program and its arguments. */
export interface Command {
  readonly binary: string;
  readonly args: readonly string[];
}

// setpriv becomes what it starts, so its own pid is Redis'; of a binary that it can't run it would not say so in time.
const guard = ["--pdeathsig", "TERM", "--"];
const isRunnable = 'path=$(command -v -- "$0") && [ -f "$path" ] && [ -x "$path" ]';
const probeTimeoutMs = 5_000;

/**
 * Has the kernel send a command's process SIGTERM when the manager goes away without having stopped it (it was killed, or
 * ran out of memory), by `setpriv` of util-linux.
 *
 * @returns The command as it is where there is no such `setpriv`, or no such binary.
 * @see https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
 */
export async function endWithParent({ binary, args }: Command): Promise<Command> {
  const isPossible = await new Promise<boolean>((resolve) => {
    const probe = [...guard, "sh", "-c", isRunnable, binary];
    execFile("setpriv", probe, { timeout: probeTimeoutMs }, (error) => resolve(error === null));
  });
  return isPossible ? { binary: "setpriv", args: [...guard, binary, ...args] } : { binary, args };
}
