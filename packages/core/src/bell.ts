/** Wakes one waiter. A ring that nobody hears is kept, unlike that of a `WakeablePause`: it tells of something to be done. */
export interface Bell {
  /** Wakes the waiter, or the next one at once if nobody waits now. */
  ring(): void;
  /** Waits for a ring, for a time at the most (`undefined`: for ever), or until `signal` aborts. Never rejects. */
  wait(options: { readonly timeoutMs: number | undefined; readonly signal: AbortSignal }): Promise<void>;
}

/** Creates a bell that hasn't rung. */
export function createBell(): Bell {
  let rung = Promise.withResolvers<void>();
  return {
    ring: () => rung.resolve(),
    async wait({ timeoutMs, signal }) {
      const over = Promise.withResolvers<void>();
      const end = () => over.resolve();
      const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs);
      signal.addEventListener("abort", end);
      if (signal.aborted) end();
      await Promise.race([rung.promise.then(() => (rung = Promise.withResolvers<void>())), over.promise]);
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    },
  };
}
