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

/** How often a call that is safe to repeat is repeated unless its caller says otherwise. */
export const defaultRetries = 2;

/**
 * The part of a call's time that one attempt may take while another can follow. More than half: a slow answer counts for
 * more than a dead connection, and liveness may wait 5 s of the default 10 s for the API server before it asks the peers.
 */
export const attemptShare = 2 / 3;

/** The bounds of the pauses between attempts. A pod that was replaced is back on a new connection at once. */
export const retryPauses = { firstMs: 100, longestMs: 2_000 } as const;

/**
 * How many targets a poll asks at once unless its caller says otherwise: more than dead pods that a cluster can have, since
 * each of them takes up a place until its time is over.
 */
export const defaultPollConcurrency = 1_000;

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

/**
 * Returns a number of repetitions.
 *
 * @throws RangeError if it is no integer in 0..100.
 */
export function requireRetries(retries: number): number {
  if (Number.isInteger(retries) && retries >= 0 && retries <= 100) return retries;
  throw new RangeError(`${retries} retries: must be an integer in 0..100`);
}

/**
 * Returns how many calls may be made at once.
 *
 * @throws RangeError if it is no integer of at least 1.
 */
export function requireConcurrency(concurrency: number): number {
  if (Number.isSafeInteger(concurrency) && concurrency >= 1) return concurrency;
  throw new RangeError(`concurrency of ${concurrency}: must be an integer of at least 1`);
}
