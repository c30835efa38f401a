import { readdirSync, readFileSync } from "node:fs";

// USER_HZ, in which /proc counts CPU time: 100 on every Linux that Node runs on.
const ticksPerSecond = 100;

/** Memory of a process and all below it, in MB of 10⁶ bytes. */
export interface TreeMemory {
  /** Pages that several of them share are counted once, each gets its share. */
  readonly pssMb: number;
  /** Shared pages are counted for each of them. */
  readonly rssMb: number;
}

/** Adds up the memory of a process and all below it, as it is now. What has ended in the meantime counts nothing. */
export function readTreeMemory(pid: number): TreeMemory {
  const processes = listTree(pid).map(readProcessMemory);
  return {
    pssMb: sum(processes.map(({ pssMb }) => pssMb)),
    rssMb: sum(processes.map(({ rssMb }) => rssMb)),
  };
}

/** CPU seconds, user and system. */
export interface CpuSeconds {
  /** Of the process itself, all threads. */
  readonly own: number;
  /** Of all its descendants that have ended and were waited for. */
  readonly ended: number;
}

/** Reads what a process has used since its start. */
export function readCpuSeconds(pid: number): CpuSeconds {
  // The name, in parentheses, may hold blanks and parentheses; utime, stime, cutime and cstime are 12th to 15th after it.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15).map(Number);
  return { own: (utime + stime) / ticksPerSecond, ended: (cutime + cstime) / ticksPerSecond };
}

/** A process and all below it. */
export function listTree(pid: number): readonly number[] {
  return [pid, ...listChildren(pid).flatMap(listTree)];
}

/** The processes that a process has started and that still run. */
export function listChildren(pid: number): readonly number[] {
  return readUnlessGone([], () =>
    readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    ),
  );
}

/** The memory of one process alone; nothing of one that has ended. */
export function readProcessMemory(pid: number): TreeMemory {
  return readUnlessGone({ pssMb: 0, rssMb: 0 }, () => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return { pssMb: readField(text, "Pss"), rssMb: readField(text, "Rss") };
  });
}

/** What a process shares with nobody and no file holds: heap and stacks, in MB of 10⁶ bytes. */
export function readAnonymousMb(pid: number): number {
  return readUnlessGone(0, () => readField(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"), "Anonymous"));
}

/** How many descriptors a process has open; none if it has ended. */
export function countDescriptors(pid: number): number {
  return readUnlessGone([], () => readdirSync(`/proc/${pid}/fd`)).length;
}

/** The name of a process' program and its state, `Z` for one that has ended and nobody has waited for. */
export function readProcessState(pid: number): { readonly name: string; readonly state: string } | undefined {
  return readUnlessGone(undefined, () => {
    const [, name = "", state = ""] = /\((.*)\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return { name, state };
  });
}

function readField(text: string, name: string): number {
  return (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0) * 1024) / 1e6;
}

function readUnlessGone<Value>(absent: Value, read: () => Value): Value {
  try {
    return read();
  } catch {
    return absent;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
