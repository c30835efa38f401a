import type { Footprint } from "../journal.ts";
import { findLongLives, median, type Trend } from "./trend.ts";
import type { Check, Evidence } from "./verdict.ts";

const mostGrowth = 1.2;
// A few connections more or less are no leak.
const mostDescriptors = 8;
const mostLagBytes = 1_000_000;
const mostAgeMs = 2_000;
// tini, the manager and its Redis.
const processesOfPod = 3;

/** A manager that lives all the time may not grow. */
export function checkMemory({ samples, witness }: Evidence): Check {
  const lives = findLongLives(samples);
  return {
    name: "memory",
    expected: `PSS, and heap and stacks alone, of managers that no fault has ended: last tenth at most ${mostGrowth} times the first after warm-up; ${witness} is one`,
    seen: lives
      .map(({ pod, pssMb, anonymousMb }) => `${pod} ${describeTrend(pssMb)}, ${describeTrend(anonymousMb)}`)
      .join("; "),
    ok:
      lives.some(({ pod }) => pod === witness) &&
      lives.every(({ pssMb, anonymousMb }) => Math.max(pssMb.factor, anonymousMb.factor) <= mostGrowth),
  };
}

function describeTrend({ first, last, factor }: Trend): string {
  return `${first.toFixed(1)} → ${last.toFixed(1)} MB (${factor.toFixed(2)})`;
}

/** Nor keep what it has opened. */
export function checkDescriptors({ samples }: Evidence): Check {
  const lives = findLongLives(samples);
  return {
    name: "descriptors",
    expected: `of the same managers, at most ${mostDescriptors} more in the last tenth`,
    seen: lives.map(({ pod, descriptors: { first, last } }) => `${pod} ${first} → ${last}`).join("; "),
    ok:
      lives.length > 0 && lives.every(({ descriptors: { first, last } }) => last - first <= mostDescriptors),
  };
}

/** Nothing may be left of processes that have ended. */
export function checkProcesses({ samples, windows }: Evidence): Check {
  const last = samples.at(-1)?.footprints ?? [];
  const wrong = last.filter(({ processes, zombies }) => processes !== processesOfPod || zombies > 0);
  const pods = new Set(samples.flatMap(({ footprints }) => footprints.map(({ pod }) => pod)));
  const zombies = samples
    .filter(({ at }) => !windows.isDuringFault(at))
    .map(({ footprints }) => Math.max(0, ...footprints.map((footprint) => footprint.zombies)));
  const sustained = zombies.filter((count, index) => count > 0 && (zombies[index + 1] ?? 0) > 0).length;
  return {
    name: "processes",
    expected: `in the end ${processesOfPod} in each pod and no zombie; no zombie that stays outside of faults`,
    seen: [
      `${last.length} of ${pods.size} pods`,
      ...wrong.map(describe),
      `zombies that stayed: ${sustained}`,
    ].join("; "),
    ok: last.length > 0 && last.length === pods.size && wrong.length === 0 && sustained === 0,
  };
}

function describe({ pod, processes, zombies }: Footprint): string {
  return `${pod} ${processes} processes, ${zombies} zombies`;
}

/** Outside of faults replicas have to keep up. */
export function checkLag({ samples, seconds, windows }: Evidence): Check {
  const bytes = samples
    .filter(({ at }) => !windows.isDuringFault(at))
    .flatMap(({ lags }) => lags.map((lag) => lag.bytes));
  const shown = seconds.filter(({ at }) => !windows.isDuringFault(at)).map(({ ageMs }) => ageMs);
  const pods = new Set(seconds.flatMap(({ ageMs }) => Object.keys(ageMs)));
  const silent = shown.filter((ageMs) => Object.keys(ageMs).length < pods.size).length;
  const ages = shown.flatMap((ageMs) => Object.values(ageMs));
  const [mostBytes, mostAge] = [Math.max(0, ...bytes), Math.max(0, ...ages)];
  return {
    name: "lag",
    expected: `outside of faults at most ${mostLagBytes} bytes, and every instance shows a write at most ${mostAgeMs} ms old`,
    seen: `${mostBytes} bytes, ${mostAge} ms; median ${median(bytes)} bytes, ${median(ages)} ms; ${silent} of ${shown.length} seconds in which one showed none`,
    ok:
      bytes.length > 0 &&
      ages.length > 0 &&
      silent === 0 &&
      mostBytes <= mostLagBytes &&
      mostAge <= mostAgeMs,
  };
}
