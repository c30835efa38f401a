import { readFileSync } from "node:fs";
import { listNamespaces, removeNamespaces } from "./network.ts";

const prefix = "redis-manager";

/** A name for the networks of this process that no other process of this machine has, one with the same id included. */
export function nameNetworkRun(): string {
  return `${prefix}.${process.pid}.${readStartTime(process.pid)}`;
}

/** Removes the networks of runs that died without doing so. @returns The names of their namespaces. */
export function removeStaleNetworks(): readonly string[] {
  const stale = listNamespaces().filter((namespace) => {
    const [, pid, startTime] = new RegExp(`^${prefix}\\.(\\d+)\\.(\\d+)\\.`).exec(namespace) ?? [];
    return pid !== undefined && readStartTime(Number(pid)) !== startTime;
  });
  removeNamespaces(stale);
  return stale;
}

/** In clock ticks since the machine booted; `undefined` for a process that doesn't exist. */
function readStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command's name in parentheses and may hold blanks; the 22nd is the start time.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
