import type { LostWrite } from "./messages.ts";

/** A write that Redis said yes to. */
interface Acknowledged {
  readonly at: number;
  readonly pod: string;
}

/** Which writes a backup has to hold. */
interface Mark {
  readonly to: number;
  readonly newestAt: number;
  required: readonly number[] | undefined;
}

/** Which of the numbered writes were acknowledged, by whom, and what became of them. */
export interface Ledger {
  /** The number of the next write. */
  next(): number;
  acknowledge(number: number, pod: string): void;
  acknowledgedInAll(): number;
  /** Those that were acknowledged by now and are still to be there, the oldest first. */
  kept(): readonly number[];
  /** Notes that writes are missing. @returns Those of which it wasn't known. */
  lose(numbers: readonly number[]): readonly LostWrite[];
  /** Lets go of those that were acknowledged before. @returns Their numbers. */
  retire(beforeAt: number): readonly number[];
  /** A backup begins: it has to hold what was acknowledged until then. */
  mark(backup: string, newestAt: number): void;
  /** It has ended: what was let go of meanwhile isn't asked of it. */
  seal(backup: string): void;
  /** What it has to hold, without what a failover has lost since. */
  requiredOf(backup: string): readonly number[];
}

/** Creates a ledger without any write. */
export function createLedger(): Ledger {
  const kept = new Map<number, Acknowledged>();
  const lost = new Set<number>();
  const marks = new Map<string, Mark>();
  let issued = 0;
  let acknowledged = 0;

  return {
    next: () => (issued += 1),
    acknowledge(number, pod) {
      acknowledged += 1;
      kept.set(number, { at: Date.now(), pod });
    },
    acknowledgedInAll: () => acknowledged,
    kept: () => [...kept.keys()],
    lose(numbers) {
      return numbers.flatMap((number) => {
        const write = kept.get(number);
        if (write === undefined || lost.has(number)) return [];
        lost.add(number);
        return [{ number, ...write }];
      });
    },
    retire(beforeAt) {
      const retired: number[] = [];
      for (const [number, { at }] of kept) {
        // Acknowledged nearly in the order of their numbers: the rest is younger, or waits for the next time.
        if (at >= beforeAt) break;
        retired.push(number);
        kept.delete(number);
      }
      return retired;
    },
    mark: (backup, newestAt) => void marks.set(backup, { to: issued, newestAt, required: undefined }),
    seal(backup) {
      const mark = marks.get(backup);
      if (mark === undefined) return;
      mark.required = Array.from(kept)
        .filter(([number, { at }]) => number <= mark.to && at <= mark.newestAt)
        .map(([number]) => number);
    },
    requiredOf: (backup) => (marks.get(backup)?.required ?? []).filter((number) => !lost.has(number)),
  };
}
