import { basename } from "node:path";
import { InstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { runProgram } from "./run-program.ts";

/** How a file is checked with one of Redis' own programs. */
export interface CheckOptions {
  /** The redis-server that the programs are named like, and lie beside. */
  readonly binary: string;
  /** What `PATH` is for them. */
  readonly searchPath: string | undefined;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Has `redis-check-rdb` read a snapshot. If it isn't installed, that is logged.
 *
 * @throws InstanceError `RESTORE_ARTIFACT_INVALID` with what the program says, `PROCESS_START_FAILED` if it can't be run;
 * `signal`'s reason if that aborts.
 */
export async function checkSnapshot(path: string, options: CheckOptions): Promise<void> {
  const output = await findFault("check-rdb", { ...options, path });
  if (output !== undefined) throw refused(path, describeRdbFault(output));
}

/**
 * Has `redis-check-aof` read an append-only directory. If it isn't installed, that is logged.
 *
 * That the last command of the last file is cut passes: Redis cuts it off (`aof-load-truncated yes`, the default), and the
 * program takes it for an error.
 *
 * @param manifest - Path of its manifest.
 * @param options.lastFile - The file that Redis loads last.
 * @throws As {@link checkSnapshot}.
 */
export async function checkAppendOnlyDirectory(
  manifest: string,
  options: CheckOptions & { readonly lastFile: string },
): Promise<void> {
  const output = await findFault("check-aof", { ...options, path: manifest });
  if (output === undefined || isCutTail(output, options.lastFile)) return;
  throw refused(manifest, output.includes(rdbFault) ? describeRdbFault(output) : lastLines(output, 3));
}

/** @returns What the program wrote, if it found a fault. */
async function findFault(
  program: "check-rdb" | "check-aof",
  options: CheckOptions & { readonly path: string },
): Promise<string | undefined> {
  const { binary, searchPath, path, signal, logger } = options;
  const command = binary.endsWith("-server") ? binary.replace(/server$/, program) : `redis-${program}`;
  const result = await runProgram(command, { args: [path], searchPath, signal });
  if (result === undefined) {
    logger.warn({ command }, `${basename(command)} is not installed: the backup is not checked with it`);
  }
  return result?.succeeded === false ? result.output : undefined;
}

// What it says of a command that ends with the file: in its text, in a length, in the line of a length, in a MULTI.
// Between two lines it says nothing of it, so that what comes before is the line of another file or of the beginning.
const cutPatterns = [
  /Expected to read \d+ bytes, got \d+ bytes/,
  /Expected \\r\\n, got: (?:00|0d00)/,
  /Reached EOF before reading EXEC for MULTI/,
  /^Start to check /,
  / is valid$/,
];

function isCutTail(output: string, lastFile: string): boolean {
  const analyzed = output.lastIndexOf("AOF analyzed: ");
  if (analyzed < 0 || !output.slice(analyzed).includes(`filename=${lastFile}, `)) return false;
  const fault = output.slice(0, analyzed).trimEnd().split("\n").at(-1) ?? "";
  return cutPatterns.some((pattern) => pattern.test(fault));
}

const rdbFault = "RDB ERROR DETECTED";

/** It says first what is wrong, and then what it was doing. */
function describeRdbFault(output: string): string {
  const [, fault = output] = output.split(`--- ${rdbFault} ---`);
  return fault.trim().split("\n")[0] ?? "";
}

function lastLines(output: string, count: number): string {
  return output.trim().split("\n").slice(-count).join("; ");
}

function refused(path: string, why: string): InstanceError {
  return new InstanceError("RESTORE_ARTIFACT_INVALID", `Redis' own check refused ${basename(path)}: ${why}`);
}
