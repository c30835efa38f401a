import { CallAbortedError, type FailedCall, ManagerTimedOutError } from "../errors.ts";

/** What ends a call early. */
export interface DeadlineOptions {
  readonly call: FailedCall;
  readonly timeoutMs: number;
  /** The caller's own signal. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` until it ends, its time is over or the caller aborts, and leaves no timer and no listener behind.
 *
 * It returns in time even if `work` ignores the signal that it is given.
 *
 * @throws ManagerTimedOutError
 * @throws CallAbortedError - Before `work` is called if the caller's signal is aborted already.
 */
export async function runWithDeadline<Value>(
  work: (signal: AbortSignal) => Promise<Value>,
  { call, timeoutMs, signal }: DeadlineOptions,
): Promise<Value> {
  if (signal?.aborted === true) throw new CallAbortedError(call, signal.reason);
  const controller = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason), { once: true });
  });
  const onAbort = () => controller.abort(new CallAbortedError(call, signal?.reason));
  const onTimeout = () => controller.abort(new ManagerTimedOutError(call, { why: `within ${timeoutMs} ms` }));

  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(onTimeout, timeoutMs);
  try {
    return await Promise.race([work(controller.signal), interrupted]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
