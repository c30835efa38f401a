import { readdirSync, readFileSync } from "node:fs";

/** Memory of one process, in MB of 2²⁰ bytes. */
export interface Memory {
  readonly rssMb: number;
  /** Pages that it shares with other processes are divided among them. */
  readonly pssMb: number;
  /** Of the resident memory what stands in no file: the kernel can't take it back. */
  readonly anonymousMb: number;
}

/** Reads the memory of a process without its children, as it is now. */
export function readMemory(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const read = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]) / 1024;
  return { rssMb: read("Rss"), pssMb: read("Pss"), anonymousMb: read("Anonymous") };
}

/** Reads the CPU time of all threads of a process that still run, in milliseconds; finer than the hundredths of `/proc/<pid>/stat`. */
export function readCpuMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((total, thread) => {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
    return total + Number(nanoseconds) / 1e6;
  }, 0);
}
