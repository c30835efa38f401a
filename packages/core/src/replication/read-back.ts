import { setTimeout as pause } from "node:timers/promises";
import type { RedisConnection } from "../redis/connection.ts";
import { readStatus, type ReplicationStatus } from "./status.ts";

const pollIntervalMs = 50;

/**
 * Reads the status until it is as expected or the time is up, and returns the last one read.
 *
 * `REPLICAOF` takes effect before it answers; the time is for a Redis that is slow to answer the `INFO` after it.
 *
 * @throws InstanceError of the last read, if none succeeded in time.
 */
export async function readBackStatus(
  redis: RedisConnection,
  options: { readonly isExpected: (status: ReplicationStatus) => boolean; readonly timeoutMs: number },
): Promise<ReplicationStatus> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    const read = await attemptRead(redis);
    if (read.status !== undefined && options.isExpected(read.status)) return read.status;
    if (performance.now() + pollIntervalMs > deadline) {
      if (read.status === undefined) throw read.error;
      return read.status;
    }
    await pause(pollIntervalMs);
  }
}

type Attempt =
  { readonly status: ReplicationStatus } | { readonly status: undefined; readonly error: unknown };

async function attemptRead(redis: RedisConnection): Promise<Attempt> {
  try {
    return { status: await readStatus(redis) };
  } catch (error) {
    return { status: undefined, error };
  }
}
