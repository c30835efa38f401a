import { CallAbortedError, type FailedCall, ManagerTimedOutError } from "../errors.ts";

/** What ends a call early. */
export interface DeadlineOptions {
  readonly call: FailedCall;
  /** When, in milliseconds from now. */
  readonly limitMs: number;
  /** What was granted, for the message, in milliseconds: earlier attempts may have taken of it. */
  readonly timeoutMs: number;
  /** Why an earlier attempt failed, if there was one. */
  readonly cause: unknown;
  /** The caller's own signal, not aborted yet. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs `work` until it ends, its time is over or the caller aborts, and leaves no timer and no listener behind.
 *
 * It returns in time even if `work` ignores the signal that it is given.
 *
 * @throws ManagerTimedOutError, CallAbortedError
 */
export async function runWithDeadline<Value>(
  work: (signal: AbortSignal) => Promise<Value>,
  { call, limitMs, timeoutMs, cause, signal }: DeadlineOptions,
): Promise<Value> {
  const controller = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason), { once: true });
  });
  const onAbort = () => controller.abort(new CallAbortedError(call, signal?.reason));
  const onTimeout = () => {
    const why = `within ${Math.round(timeoutMs)} ms`;
    controller.abort(new ManagerTimedOutError(call, { why, cause }));
  };

  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(onTimeout, limitMs);
  try {
    return await Promise.race([work(controller.signal), interrupted]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
