/**
 * How long a call may take from its first byte to the last of the reply, in milliseconds, unless its caller
 * says otherwise. A liveness probe may itself wait 5 s for the API server and its peers.
 */
export const defaultTimeoutMs = 10_000;

/** The same for a backup, until its object is stored: an hour is 1 TB at 280 MB/s. */
export const defaultBackupTimeoutMs = 3_600_000;

/** The largest JSON or probe reply that is read, in bytes. A status with a hundred replicas has some 15 KB. */
export const maxReplyBytes = 1024 * 1024;

/** The largest `/metrics` reply that is read, in bytes. */
export const maxMetricsBytes = 16 * 1024 * 1024;

/** The largest list of backups that is read, in bytes: ten thousand pruned ones have some 4 MB. */
export const maxListBytes = 16 * 1024 * 1024;

/** How long the manager may be silent while a backup is waited for, in milliseconds: longer than a network's hiccup. */
export const maxPollSilenceMs = 30_000;

/** The pauses between two looks at a running backup: short at first, since a small one takes no longer. */
export const pollPauses = { firstMs: 50, longestMs: 1_000 } as const;

/** How long a call that ends early waits for the manager to take the cancellation of its backup. */
export const cancelTimeoutMs = 2_000;

// A longer timer fires at once.
const maxTimeoutMs = 2 ** 31 - 1;

/**
 * Returns a timeout that a timer can hold.
 *
 * @throws RangeError if it is not in 1..2^31-1 milliseconds.
 */
export function requireTimeout(timeoutMs: number): number {
  if (timeoutMs >= 1 && timeoutMs <= maxTimeoutMs) return timeoutMs;
  throw new RangeError(`timeout of ${timeoutMs} ms: must be in 1..${maxTimeoutMs}`);
}
