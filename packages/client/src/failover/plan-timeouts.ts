/** How long each kind of step may take, in milliseconds. */
export interface PlanTimeouts {
  /** Until the candidate is as expected, in a switchover until its lag is small enough. */
  readonly candidateMs: number;
  /** Until a fenced instance says so, is gone, or has been silent for long enough. */
  readonly fencedMs: number;
  /** Until a running instance has changed its role. */
  readonly roleMs: number;
  /** Until a replica's link is up, and until one that was fenced has loaded its data. */
  readonly linkMs: number;
}

/** The {@link PlanTimeouts} of a plan for which the caller names no others. */
export const defaultPlanTimeouts: PlanTimeouts = {
  candidateMs: 10_000,
  // Redis has a minute to hand over and save; a manager that may not watch reads the annotation every half minute.
  fencedMs: 90_000,
  roleMs: 10_000,
  // A full copy of a large data set.
  linkMs: 600_000,
};

// Silence is counted from the first call that found it, which itself may take some seconds.
const silenceMarginMs = 10_000;

/** How a fence is confirmed: for how long it is waited, and whether silence counts. */
export function toConfirmation(
  timeouts: PlanTimeouts,
  selfFencedAfterMs: number | undefined,
): { readonly timeoutMs: number; readonly selfFencedAfterMs?: number } {
  if (selfFencedAfterMs === undefined) return { timeoutMs: timeouts.fencedMs };
  return {
    selfFencedAfterMs,
    timeoutMs: Math.max(timeouts.fencedMs, selfFencedAfterMs + silenceMarginMs),
  };
}
