/** Waits so long, or until `signal` aborts, and leaves no timer and no listener behind. */
export function pause(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    function end() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    }
    // Node warns of a time that is over.
    const timer = setTimeout(end, Math.max(0, durationMs));
    signal?.addEventListener("abort", end, { once: true });
    if (signal?.aborted === true) end();
  });
}
