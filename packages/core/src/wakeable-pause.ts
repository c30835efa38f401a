/** Pauses of one loop that can be cut short. What would end none now is forgotten, unlike a `Bell`: no later pause may be shorter for it. */
export interface WakeablePause {
  /** Ends after the time, or earlier by {@link wake} or once the signal that it was created with aborts. */
  pause(ms: number): Promise<void>;
  /** Ends the pause under way; without one it does nothing. */
  wake(): void;
}

/** Creates the pauses of one loop. They keep no process alive. */
export function createWakeablePause(signal: AbortSignal): WakeablePause {
  let end: (() => void) | undefined;
  const wake = () => end?.();
  signal.addEventListener("abort", wake);
  return {
    async pause(ms) {
      if (signal.aborted) return;
      const ended = Promise.withResolvers<void>();
      end = ended.resolve;
      const timer = setTimeout(ended.resolve, ms).unref();
      await ended.promise;
      clearTimeout(timer);
      end = undefined;
    },
    wake,
  };
}
