import type { TreeMemory } from "@redis-operator/testbed";

/** How long something took to answer, or a loop to turn. */
export interface Latency {
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What one run cost. */
export interface Measurement {
  /** From Redis' finished files to a confirmed upload. */
  readonly seconds: number;
  /** With Redis' save or rewrite before; for what asks for one itself. */
  readonly totalSeconds?: number;
  /** Of all its processes, user and system. */
  readonly cpuSeconds: number;
  /** At the peak, of all its processes. */
  readonly memory: TreeMemory;
  readonly eventLoop?: Latency;
  readonly health?: Latency;
}

/** Something that takes a Redis' data to a store, in one of the ways that are compared. */
export interface Subject {
  readonly name: string;
  run(): Promise<Measurement>;
}
