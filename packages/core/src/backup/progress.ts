const minIntervalMs = 250;

/**
 * Thins progress out to four reports a second. A change of phase is always told.
 *
 * @param now - A clock that never jumps, in milliseconds.
 */
export function throttleProgress<Progress extends { readonly phase: string }>(
  onProgress: (progress: Progress) => void,
  now: () => number,
): (progress: Progress) => void {
  let last: { readonly phase: string; readonly toldAt: number } | undefined;
  return (progress) => {
    const isDue = last?.phase !== progress.phase || now() - last.toldAt >= minIntervalMs;
    if (!isDue) return;
    last = { phase: progress.phase, toldAt: now() };
    onProgress(progress);
  };
}
