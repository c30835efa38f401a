import { percentile } from "./trend.ts";
import type { Check, Evidence } from "./verdict.ts";

/** Each fault has to be recovered from in its time. */
export function checkFaults({ faults }: Evidence): Check {
  const recovered = faults.flatMap(({ kind, healedAt, recoveredAt }) =>
    recoveredAt === undefined ? [] : [{ kind, seconds: (recoveredAt - healedAt) / 1_000 }],
  );
  const slowest = recovered.toSorted((a, b) => b.seconds - a.seconds)[0];
  const failed = faults.filter(({ recoveredAt }) => recoveredAt === undefined);
  const failures = failed.map(
    ({ kind, victim, trouble }) => `${kind} of ${victim ?? "nobody"}: ${trouble ?? ""}`,
  );
  return {
    name: "recovery",
    expected: "after each fault one primary, all linked, ready and caught up, within its bound",
    seen: [
      `${recovered.length} of ${faults.length} faults recovered from`,
      ...(slowest === undefined ? [] : [`slowest ${slowest.seconds.toFixed(1)} s (${slowest.kind})`]),
      ...failures,
    ].join("; "),
    ok: failed.length === 0 && faults.length > 0,
  };
}

/** Two instances may take writes only while a primary is being replaced. */
export function checkPrimaries({ seconds, windows }: Evidence): Check {
  const doubled = seconds.filter(({ writable }) => writable.length > 1);
  const unexplained = doubled.filter(({ at }) => !windows.mayHaveTwoPrimaries(at));
  return {
    name: "one primary",
    expected: "two instances take writes only from a primary's fault until 20 s after it is healed",
    seen: `two in ${doubled.length} of ${seconds.length} seconds, in a row at most ${countLongestRow(seconds)}; ${unexplained.length} unexplained`,
    ok: unexplained.length === 0,
  };
}

function countLongestRow(seconds: Evidence["seconds"]): number {
  let [row, longest] = [0, 0];
  for (const { writable } of seconds) {
    row = writable.length > 1 ? row + 1 : 0;
    longest = Math.max(longest, row);
  }
  return longest;
}

/** What is missing has to be what asynchronous replication may lose. */
export function checkLosses({ lost, acknowledgedInAll, windows, seconds }: Evidence): Check {
  const unexplained = lost.filter(({ at, pod }) => !windows.mayBeLost(at, pod));
  return {
    name: "acknowledged writes",
    expected: "missing only where the failed primary had acknowledged them, from 2 s before its fault on",
    seen: `${lost.length} of ${acknowledgedInAll} missing, ${unexplained.length} of them unexplained`,
    ok: unexplained.length === 0 && acknowledgedInAll > 0 && seconds.length > 0,
  };
}

/** All instances have to hold the same in the end. */
export function checkDataSets({ digests }: Evidence): Check {
  const different = new Set(digests.map(({ sha256 }) => sha256)).size;
  return {
    name: "data sets",
    expected: "the same keys and values on all instances in the end",
    seen: `${digests.map(({ pod, keys }) => `${pod} ${keys} keys`).join(", ")}; ${different === 1 ? "all the same" : `${different} different ones`}`,
    ok: digests.length > 1 && different === 1,
  };
}

const leastRateShare = 0.5;

/** Outside of faults the load has to go through. */
export function checkWriting({ seconds, windows, options }: Evidence): Check {
  const calm = seconds.filter(({ at }) => !windows.isDuringFault(at));
  const failed = calm.reduce((sum, second) => sum + second.failed + second.failedReads, 0);
  const rate = percentile(
    calm.map(({ acknowledged }) => acknowledged),
    0.5,
  );
  return {
    name: "load",
    expected: `outside of faults no command fails, and at least ${leastRateShare * options.writesPerSecond} writes/s are acknowledged`,
    seen: `${failed} failed in ${calm.length} calm seconds; median ${rate} writes/s`,
    ok: failed === 0 && rate >= leastRateShare * options.writesPerSecond,
  };
}
