import { appendFileSync } from "node:fs";
import type { Probe, Write } from "./agents/messages.ts";

/** What a scenario measured. Times in milliseconds after the fault; `undefined`: it didn't happen, or has no meaning here. */
export interface Figures {
  readonly scenario: string;
  readonly isSelfFencing: boolean;
  readonly timeTo503Ms?: number | undefined;
  /** The last write that the primary acknowledged after the fault and before the heal. */
  readonly lastAcceptedMs?: number | undefined;
  readonly acknowledged: number;
  readonly lost: number;
  /** 503s of instances that were not isolated, each episode once, and restarts of theirs. */
  readonly falseAlarms?: number | undefined;
  readonly healthzP99Ms?: number | undefined;
  readonly healthzMaxMs?: number | undefined;
  /** The same of a server that has nothing else to do, asked by the same probers: what the machine's load costs. */
  readonly controlP99Ms?: number | undefined;
  /** The longest time in which a writer that was not cut off had no write acknowledged. */
  readonly longestPauseMs?: number | undefined;
}

/** Writes the figures down for `scripts/partitions`, which prints them all at the end. */
export function recordFigures(figures: Figures): void {
  const file = process.env["PARTITIONS_FIGURES"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(figures)}\n`);
}

/** How long after `since` the first 503 came, measured when it was answered. */
export function timeTo503(probes: readonly Probe[], since: number): number | undefined {
  const first = probes.find(({ status, sentAt }) => status === 503 && sentAt >= since);
  return first && first.sentAt + first.latencyMs - since;
}

/** How long after `since` the last acknowledgement before `until` came; 0 if none did. */
export function lastAccepted(
  writes: readonly Write[],
  { since, until }: { readonly since: number; readonly until: number },
): number {
  const times = writes
    .filter(({ outcome, endedAt }) => outcome === "acknowledged" && endedAt < until)
    .map(({ endedAt }) => endedAt);
  return Math.max(0, (times.at(-1) ?? since) - since);
}

/** The keys of acknowledged writes. */
export function acknowledgedKeys(writes: readonly Write[]): readonly string[] {
  return writes.filter(({ outcome }) => outcome === "acknowledged").map(({ key }) => key);
}

/** The longest time between two acknowledgements. */
export function longestPause(writes: readonly Write[]): number {
  const times = writes.filter(({ outcome }) => outcome === "acknowledged").map(({ endedAt }) => endedAt);
  return times.reduce((longest, time, index) => Math.max(longest, time - (times[index - 1] ?? time)), 0);
}

/** How often an instance went from alive to not alive, or to no answer. */
export function countAlarms(probes: readonly Probe[]): number {
  const isAlive = probes.filter(({ target }) => target !== "control").map(({ status }) => status === 200);
  return isAlive.filter((alive, index) => !alive && isAlive[index - 1] !== false).length;
}

/** How long probes took that found a manager: one between two containers says nothing of how it answers. */
export function readLatencies(
  probes: readonly Probe[],
): Required<Pick<Figures, "healthzP99Ms" | "healthzMaxMs" | "controlP99Ms">> {
  const found = probes.filter(({ text }) => !text.includes("ECONNREFUSED"));
  const ofHealthz = sort(found.filter(({ target }) => target !== "control"));
  const ofControl = sort(found.filter(({ target }) => target === "control"));
  return { healthzP99Ms: p99(ofHealthz), healthzMaxMs: ofHealthz.at(-1) ?? 0, controlP99Ms: p99(ofControl) };
}

/** Whether `/healthz` took less than 20 ms in 99 of 100 cases; on a machine so loaded that an idle server is slow, thrice as long as that. */
export function isHealthzFast({ healthzP99Ms = Infinity, controlP99Ms = 0 }: Figures): boolean {
  return healthzP99Ms < Math.max(20, 3 * controlP99Ms);
}

function sort(probes: readonly Probe[]): readonly number[] {
  return probes.map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);
}

function p99(sorted: readonly number[]): number {
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
}
