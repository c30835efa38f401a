import { CallAbortedError, ManagerError, ManagerTimedOutError, ManagerUnreachableError } from "../errors.ts";
import { attemptShare, retryPauses } from "../limits.ts";
import type { RepeatableCallOptions } from "./call-options.ts";
import { runWithDeadline } from "./deadline.ts";
import type { ManagerRequest } from "./exchange.ts";
import { pause } from "./pause.ts";

/**
 * When a call is made again: whenever it can succeed later; only while nobody has answered, since an answer is the
 * operator's to judge; never.
 */
export type RepeatRule = "if-transient" | "if-unanswered" | "never";

/** What is attempted, how often and for how long. */
export interface AttemptsOptions extends RepeatableCallOptions {
  readonly request: ManagerRequest;
  readonly rule: RepeatRule;
  /** Of all attempts and pauses together. */
  readonly timeoutMs: number;
  readonly retries: number;
}

/**
 * Makes attempts until one succeeds, fails for good, or no other is left in number or in time. None outlasts the call.
 *
 * @throws ManagerError of the last attempt, with the number of attempts that were made.
 * @throws CallAbortedError - Also between two attempts, and before the first.
 */
export async function runAttempts<Value>(
  work: (request: ManagerRequest, signal: AbortSignal) => Promise<Value>,
  options: AttemptsOptions,
): Promise<Value> {
  const { request, rule, timeoutMs, retries, signal, onRetry } = options;
  const { attemptTimeoutMs = timeoutMs * attemptShare } = options;
  const deadlineAt = performance.now() + timeoutMs;
  const maxAttempts = rule === "never" ? 1 : 1 + retries;
  let lastError: ManagerError | undefined;

  for (let attempts = 1; ; attempts += 1) {
    if (signal?.aborted === true) {
      throw new CallAbortedError({ ...request, attempts: attempts - 1 }, signal.reason);
    }
    const call = { ...request, attempts };
    const leftMs = Math.max(1, deadlineAt - performance.now());
    const isCutShort = attempts < maxAttempts && attemptTimeoutMs < leftMs;
    try {
      return await runWithDeadline((attemptSignal) => work(call, attemptSignal), {
        call,
        limitMs: isCutShort ? attemptTimeoutMs : leftMs,
        timeoutMs: isCutShort ? attemptTimeoutMs : timeoutMs,
        cause: lastError,
        signal,
      });
    } catch (error) {
      if (attempts === maxAttempts || !isWorthRepeating(error, rule)) throw error;
      const pauseMs = choosePauseMs(error, { attempts, random: Math.random() });
      // A timer can fire within the millisecond before it is due.
      if (deadlineAt - performance.now() - pauseMs < 1) throw error;
      lastError = error;
      onRetry?.(error, attempts);
      await pause(pauseMs, signal);
    }
  }
}

function isWorthRepeating(error: unknown, rule: RepeatRule): error is ManagerError {
  if (rule === "if-transient") return error instanceof ManagerError && error.isTransient;
  return error instanceof ManagerUnreachableError || error instanceof ManagerTimedOutError;
}

/**
 * How long to wait before another attempt, in milliseconds: as long as the manager asked for, and by chance up to a bound
 * that doubles, so that those who failed together don't come back together. After a timeout: not at all, enough has passed.
 *
 * @param options.attempts - How many were made.
 * @param options.random - In 0..1.
 */
export function choosePauseMs(
  error: ManagerError,
  { attempts, random }: { readonly attempts: number; readonly random: number },
): number {
  if (error instanceof ManagerTimedOutError) return 0;
  const boundMs = Math.min(retryPauses.firstMs * 2 ** (attempts - 1), retryPauses.longestMs);
  return (error.retryAfterMs ?? 0) + random * boundMs;
}
