import { pause } from "../http/pause.ts";
import { FailoverError } from "./failover-error.ts";

/** What was found: what was waited for, or how it stands so far. */
export type Finding<Value> =
  { readonly isDone: true; readonly value: Value } | { readonly isDone: false; readonly why: string };

/** What {@link pollUntilDone} waits for. */
export interface PollOptions {
  /** For the message: `redis-0 to be fenced`. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

// Short at first: most changes are seen within a fraction of a second.
const pauses = { firstMs: 50, longestMs: 1_000 } as const;

/**
 * Asks until it is done.
 *
 * @throws FailoverError `STEP_TIMED_OUT` with how it stood last; `PLAN_ABORTED`. What `look` throws ends it too.
 */
export async function pollUntilDone<Value>(
  look: () => Promise<Finding<Value>>,
  { what, timeoutMs, signal }: PollOptions,
): Promise<Value> {
  const deadlineAt = performance.now() + timeoutMs;
  for (let pauseMs: number = pauses.firstMs; ; pauseMs = Math.min(pauseMs * 2, pauses.longestMs)) {
    requireNotAborted(signal);
    const finding = await look();
    if (finding.isDone) return finding.value;
    const leftMs = deadlineAt - performance.now();
    if (leftMs <= 0) {
      throw new FailoverError(
        "STEP_TIMED_OUT",
        `waited ${timeoutMs} ms for ${what}, in vain: ${finding.why}`,
      );
    }
    await pause(Math.min(pauseMs, leftMs), signal);
  }
}

/** @throws FailoverError `PLAN_ABORTED` */
export function requireNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new FailoverError("PLAN_ABORTED", "the plan was aborted by its caller", { cause: signal.reason });
}
