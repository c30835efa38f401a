import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** One process as `/proc/<pid>/stat` describes it. */
export interface ProcessEntry {
  readonly pid: number;
  /** The executable's name, cut to 15 characters by the kernel. */
  readonly name: string;
  /** Clock ticks since boot: with the pid it identifies a process, because a pid alone is used again. */
  readonly startTime: string;
}

/** The processes of this PID namespace. */
export interface ProcessTable {
  /** The process with this pid; `undefined` if there is none, it is a zombie, or the system has no `/proc`. */
  find(pid: number): Promise<ProcessEntry | undefined>;
  /** Every process that is no zombie; none if the system has no `/proc`. */
  list(): Promise<readonly ProcessEntry[]>;
}

/** Reads the process table from a `/proc` of Linux. */
export function createProcessTable(procDir = "/proc"): ProcessTable {
  async function find(pid: number): Promise<ProcessEntry | undefined> {
    try {
      return parseProcessStat(await readFile(join(procDir, String(pid), "stat"), "utf8"));
    } catch {
      // No such process, or it ended while it was read.
      return undefined;
    }
  }

  return {
    find,
    async list() {
      const names = await readdir(procDir).catch(() => []);
      const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
      const entries = await Promise.all(pids.map(find));
      return entries.filter((entry) => entry !== undefined);
    },
  };
}

/**
 * Parses `pid (comm) state ppid …`. The name may hold spaces and parentheses, so it ends at the last `)`.
 *
 * @returns `undefined` for a dead process (state `Z` or `X`) and for text that is no stat line.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html fields 1, 2, 3 and 22
 */
export function parseProcessStat(stat: string): ProcessEntry | undefined {
  const open = stat.indexOf("(");
  const close = stat.lastIndexOf(")");
  const pid = Number(stat.slice(0, open));
  // The fields behind the name begin with the third.
  const fields = stat
    .slice(close + 1)
    .trim()
    .split(" ");
  const state = fields[0];
  const startTime = fields[22 - 3];
  if (open <= 0 || close < open || !Number.isSafeInteger(pid) || startTime === undefined) return undefined;
  if (state === "Z" || state === "X") return undefined;
  return { pid, name: stat.slice(open + 1, close), startTime };
}
