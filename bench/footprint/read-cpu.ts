import { readdirSync, readFileSync } from "node:fs";

/**
 * Reads the CPU time of all threads of a process that still run, in milliseconds: finer than the hundredths of a second of
 * `/proc/<pid>/stat`.
 */
export function readCpuMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((total, thread) => {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
    return total + Number(nanoseconds) / 1e6;
  }, 0);
}
