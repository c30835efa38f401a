import { routes } from "../contract/routes.ts";
import type { InstanceStatus } from "../contract/types.ts";
import { InvalidTargetError, ManagerError } from "../errors.ts";
import type { ManagerAddress } from "../http/base-url.ts";
import type { SharedOptions } from "../http/call-options.ts";
import { type Caller, createCallers } from "../http/caller.ts";
import { defaultPollConcurrency, requireConcurrency } from "../limits.ts";
import { askStatus } from "../status.ts";
import { inOrderOfCompletion } from "./in-order-of-completion.ts";

/** How a fleet is asked. Each target has `timeoutMs`, all of its attempts together. */
export interface StatusPollOptions extends SharedOptions {
  /** Ends the poll: every target that has not answered by then is a `CallAbortedError`. */
  readonly signal?: AbortSignal | undefined;
  /** How many targets are asked at once. Default 1,000. With fewer than are dead, the others wait for them. */
  readonly concurrency?: number | undefined;
}

/** What came of one target: its status, or why there is none. `target` is the very object that was given. */
export type StatusPollResult<Target extends ManagerAddress = ManagerAddress> =
  | {
      readonly target: Target;
      readonly outcome: "status";
      readonly status: InstanceStatus;
      /** When the first attempt began, by `performance.now()`. */
      readonly startedAt: number;
      /** From the first attempt to the answer, in milliseconds. */
      readonly elapsedMs: number;
    }
  | {
      readonly target: Target;
      readonly outcome: "failed";
      readonly error: ManagerError;
      /** When the first attempt began, by `performance.now()`. */
      readonly startedAt: number;
      /** From the first attempt to the failure, in milliseconds. */
      readonly elapsedMs: number;
    };

/** A poll that is made anew by each loop over it and each {@link StatusPoll.settled}. It fails as a whole only by what `onRetry` throws. */
export interface StatusPoll<Target extends ManagerAddress> extends AsyncIterable<StatusPollResult<Target>> {
  /** All results, in the order of the targets. */
  settled(): Promise<readonly StatusPollResult<Target>[]>;
}

/**
 * Asks many instances for their status at once: `for await` gives the results as they come, `settled` as a list.
 *
 * A loop that is left early aborts the calls under way. A target that is no address is an `INVALID_TARGET`; one that is listed twice is asked twice.
 *
 * @throws RangeError, TypeError for an option that is out of bounds.
 */
export function pollStatuses<Target extends ManagerAddress>(
  targets: Iterable<Target>,
  options: StatusPollOptions = {},
): StatusPoll<Target> {
  // Read one by one: an AbortController fits the options too.
  const { signal, concurrency: wanted = defaultPollConcurrency } = options;
  const concurrency = requireConcurrency(wanted);
  const callerOf = createCallers(options);
  const listed = Array.from(targets);

  function run() {
    return inOrderOfCompletion(listed.entries(), {
      concurrency,
      signal,
      async work([index, target], callSignal) {
        return { index, result: await pollStatus(target, { callerOf, signal: callSignal }) };
      },
    });
  }

  return {
    async *[Symbol.asyncIterator]() {
      for await (const { result } of run()) yield result;
    },
    async settled() {
      const results: StatusPollResult<Target>[] = [];
      for await (const { index, result } of run()) results[index] = result;
      return results;
    },
  };
}

async function pollStatus<Target extends ManagerAddress>(
  target: Target,
  { callerOf, signal }: { readonly callerOf: (address: Target) => Caller; readonly signal: AbortSignal },
): Promise<StatusPollResult<Target>> {
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  try {
    const status = await askStatus(findWay(target, callerOf), { signal });
    return { target, outcome: "status", status, startedAt, elapsedMs: elapsedMs() };
  } catch (error) {
    if (!(error instanceof ManagerError)) throw error;
    return { target, outcome: "failed", error, startedAt, elapsedMs: elapsedMs() };
  }
}

function findWay<Target extends ManagerAddress>(
  target: Target,
  callerOf: (address: Target) => Caller,
): Caller {
  try {
    return callerOf(target);
  } catch (cause) {
    throw new InvalidTargetError({ method: routes.status.method, url: target.host }, cause);
  }
}
