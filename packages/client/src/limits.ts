/**
 * How long a call may take from its first byte to the last of the reply, in milliseconds, unless its caller
 * says otherwise. A liveness probe may itself wait 5 s for the API server and its peers.
 */
export const defaultTimeoutMs = 10_000;

/** The same for `backup`, which answers when the object is stored: an hour is 1 TB at 280 MB/s. */
export const defaultBackupTimeoutMs = 3_600_000;

/** The largest JSON or probe reply that is read, in bytes. A status with a hundred replicas has some 15 KB. */
export const maxReplyBytes = 1024 * 1024;

/** The largest `/metrics` reply that is read, in bytes. */
export const maxMetricsBytes = 16 * 1024 * 1024;

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
