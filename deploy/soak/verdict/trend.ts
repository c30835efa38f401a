import type { Sample } from "../journal.ts";

/** How something has changed over a run. */
export interface Trend {
  readonly first: number;
  readonly last: number;
  /** Of `last` to `first`. */
  readonly factor: number;
}

/** The memory of a manager that has lived for most of a run. */
export interface LongLife {
  readonly pod: string;
  readonly pssMb: Trend;
  readonly anonymousMb: Trend;
  readonly descriptors: Trend;
}

// V8 and the caches fill up at first.
const warmUpShare = 0.1;
const longShare = 0.8;

/** The middle of these numbers; NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

/** The number that so large a share of these isn't above; NaN of none. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Compares the median of the last tenth with that of the first tenth after the warm-up. */
function findTrend(numbers: readonly number[]): Trend {
  const warm = numbers.slice(Math.floor(numbers.length * warmUpShare));
  const tenth = Math.max(1, Math.floor(warm.length / 10));
  const [first, last] = [median(warm.slice(0, tenth)), median(warm.slice(-tenth))];
  return { first, last, factor: last / first };
}

/** The managers that were the same process for most of the run. */
export function findLongLives(samples: readonly Sample[]): readonly LongLife[] {
  const lives = new Map<string, { pod: string; pss: number[]; anonymous: number[]; descriptors: number[] }>();
  for (const { footprints } of samples) {
    for (const { pod, managerPid, managerPssMb, managerAnonymousMb, descriptors } of footprints) {
      const id = `${pod}/${managerPid}`;
      const life = lives.get(id) ?? { pod, pss: [], anonymous: [], descriptors: [] };
      lives.set(id, life);
      life.pss.push(managerPssMb);
      life.anonymous.push(managerAnonymousMb);
      life.descriptors.push(descriptors);
    }
  }
  return Array.from(lives.values())
    .filter(({ pss }) => pss.length >= samples.length * longShare)
    .map(({ pod, pss, anonymous, descriptors }) => ({
      pod,
      pssMb: findTrend(pss),
      anonymousMb: findTrend(anonymous),
      descriptors: findTrend(descriptors),
    }));
}
