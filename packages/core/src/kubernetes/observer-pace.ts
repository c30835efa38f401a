/** How often and how patiently an observer asks. Times in milliseconds. */
export interface ObserverPace {
  /** For a read, and for a watch until the API server has agreed to it. */
  readonly requestTimeoutMs: number;
  /** After so long the API server is asked to end a watch; the next one goes on from there. Up to a tenth shorter or longer. */
  readonly watchMs: number;
  /** A watch without any event for so long may be half-open: the resource is read again, and watched anew. */
  readonly silenceMs: number;
  /** Between two reads where watching is refused. Up to a tenth shorter or longer. */
  readonly pollMs: number;
  /** After so long a watch that was refused is tried again. */
  readonly watchAgainMs: number;
  /** The pause after a first failure; each further one doubles it. Up to a half shorter. */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
}

// What a `Retry-After` can make us wait at the most.
const longestRetryAfterMs = 5 * 60_000;

/** The pause before another attempt. `random` is from 0 to 1. */
export function retryPauseMs(
  pace: ObserverPace,
  {
    failures,
    retryAfterMs = 0,
    random,
  }: { failures: number; retryAfterMs?: number | undefined; random: number },
): number {
  const doubled = pace.firstRetryMs * 2 ** Math.min(failures - 1, 30);
  const ownPauseMs = Math.min(doubled, pace.longestRetryMs) * (0.5 + random / 2);
  // Never earlier than asked for, and not all at the same moment.
  const askedMs = Math.min(retryAfterMs, longestRetryAfterMs) * (1 + random / 10);
  return Math.max(ownPauseMs, askedMs);
}

/** A time up to a tenth shorter or longer, so that many pods don't ask in step. `random` is from 0 to 1. */
export function spread(ms: number, random: number): number {
  return ms * (0.9 + random * 0.2);
}

/**
 * How many requests one pod makes in an hour in which nothing happens: two resources are watched.
 *
 * @param options.bookmarks - Whether the API server sends bookmarks, as it does once a minute; a watch without them is
 * silent, and ends with a read and another watch.
 */
export function idleRequestsPerHour(
  pace: ObserverPace,
  { bookmarks }: { readonly bookmarks: boolean },
): number {
  const ofEach = bookmarks ? 3_600_000 / pace.watchMs : (2 * 3_600_000) / pace.silenceMs;
  return Math.ceil(2 * ofEach);
}

/** As {@link idleRequestsPerHour}, where watching is refused and both resources are read instead. */
export function pollRequestsPerHour(pace: ObserverPace): number {
  return Math.ceil((2 * 3_600_000) / pace.pollMs);
}
