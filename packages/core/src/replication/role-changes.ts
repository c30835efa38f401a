import { describeError, InstanceError } from "../errors.ts";

/** One change among others, and how long it waits for them. */
export interface RoleChangeOptions {
  /** Names it, for those that wait: `a promotion`. */
  readonly what: string;
  /** How long it waits for its turn, in milliseconds. Unset: for as long as it takes. */
  readonly maxWaitMs?: number | undefined;
  /**
   * The caller's own: aborted once the caller is gone. What hasn't begun by then never does, since nobody would learn of it, and
   * whoever gave up may have chosen another instance meanwhile. What has begun goes on to its end.
   */
  readonly signal?: AbortSignal | undefined;
}

/** The changes of one instance's role, one at a time, in the order in which they were asked for. */
export interface RoleChanges {
  /**
   * Runs `change` when every one before it has ended, however it ended. A change must not run another one within itself.
   *
   * @throws InstanceError `ROLE_CHANGE_IN_PROGRESS` with nothing done, if its turn didn't come in time or its caller is gone.
   */
  run<Value>(change: () => Promise<Value>, options: RoleChangeOptions): Promise<Value>;
}

/** Creates the queue of one instance. */
export function createRoleChanges(): RoleChanges {
  let last: Promise<void> = Promise.resolve();
  let running: string | undefined;

  return {
    async run(change, options) {
      const turn = last;
      const ended = Promise.withResolvers<void>();
      // Of both: the one behind a change that gave up its place still waits for the one before it.
      last = turn.then(() => ended.promise);
      try {
        await waitForTurn(turn, { ...options, readRunning: () => running });
        running = options.what;
        try {
          return await change();
        } finally {
          running = undefined;
        }
      } finally {
        ended.resolve();
      }
    },
  };
}

async function waitForTurn(
  turn: Promise<void>,
  options: RoleChangeOptions & { readonly readRunning: () => string | undefined },
): Promise<void> {
  const { what, maxWaitMs, signal, readRunning } = options;
  const refusal = Promise.withResolvers<never>();
  function refuse(why: string) {
    const message = `${what} was not begun behind ${readRunning() ?? "others"}: ${why}`;
    refusal.reject(new InstanceError("ROLE_CHANGE_IN_PROGRESS", message));
  }
  const onAbort = () => refuse(`its caller is gone (${describeError(signal?.reason)})`);
  const onTimeout = () => refuse(`its turn didn't come within ${maxWaitMs} ms`);
  const timer = maxWaitMs === undefined ? undefined : setTimeout(onTimeout, maxWaitMs);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    await Promise.race([refusal.promise, turn]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
