import type { FaultRecord } from "../faults/fault.ts";

/** What explains that something wasn't as it should be at a moment. */
export interface Windows {
  /** Whether a fault was there, or recovered from, of this pod if one is given. */
  isDuringFault(at: number, pod?: string): boolean;
  /** Whether a fault in this time can make a backup of a pod fail: one of that pod, of a primary, or of the store. */
  mayFailBackup(backup: { readonly from: number; readonly to: number; readonly pod: string }): boolean;
  /** Whether documented loss explains that what a pod had acknowledged then is gone. */
  mayBeLost(at: number, pod: string): boolean;
  /** Whether a fault hit the primary, so that for a while two may have taken writes. */
  mayHaveTwoPrimaries(at: number): boolean;
}

// Between two looks of whoever saw it, and for what was on its way.
const slackMs = 2_000;
// What is seen later of a fault: logs of connections that time out, a sentinel that sets a role right.
const aftermathMs = 10_000;
// What a primary had acknowledged and not sent; and how long one that is back goes on before a sentinel demotes it.
const unsentMs = 2_000;
const demotionMs = 20_000;

/** Creates the answers from the faults that there were. */
export function createWindows(faults: readonly FaultRecord[]): Windows {
  return {
    isDuringFault: (at, pod) =>
      faults.some(
        (fault) => touches(fault, { from: at, to: at }) && (pod === undefined || fault.victim === pod),
      ),
    mayFailBackup: ({ from, to, pod }) =>
      faults.some(
        (fault) =>
          touches(fault, { from, to }) &&
          (fault.victim === pod || fault.hits === "primary" || fault.kind === "store-away"),
      ),
    mayBeLost: (at, pod) =>
      faults.some(
        ({ mayLose, victim, startedAt, healedAt }) =>
          mayLose && victim === pod && at >= startedAt - unsentMs && at <= healedAt + demotionMs,
      ),
    mayHaveTwoPrimaries: (at) =>
      faults.some(
        ({ hits, startedAt, healedAt }) =>
          hits === "primary" && at >= startedAt && at <= healedAt + demotionMs,
      ),
  };
}

function touches(
  { startedAt, healedAt, recoveredAt, boundMs }: FaultRecord,
  { from, to }: { readonly from: number; readonly to: number },
): boolean {
  const endedAt = (recoveredAt ?? healedAt + boundMs) + aftermathMs;
  return from <= endedAt && to >= startedAt - slackMs;
}
