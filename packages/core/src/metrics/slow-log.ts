import { InstanceError } from "../errors.ts";
import type { RedisConnection } from "../redis/connection.ts";

/** What is shown of Redis' slow log: never a command's text, which holds data. */
export interface SlowLog {
  readonly length: number;
  /** The newest entry; `undefined` if there is none. */
  readonly last: { readonly id: number; readonly durationUs: number } | undefined;
}

/**
 * Reads how long the slow log is, and its newest entry.
 *
 * @throws InstanceError `REDIS_…` as {@link RedisConnection.send}; `REDIS_REPLY_INVALID`.
 * @see https://redis.io/docs/latest/commands/slowlog-get/
 */
export async function readSlowLog(redis: RedisConnection): Promise<SlowLog> {
  const [length, entries] = await Promise.all([
    redis.send(["SLOWLOG", "LEN"]),
    redis.send(["SLOWLOG", "GET", "1"]),
  ]);
  if (typeof length !== "number" || !Array.isArray(entries)) throw invalidReply(redis);
  const entry: unknown = entries[0];
  if (entry === undefined) return { length, last: undefined };
  const [id, , durationUs]: readonly unknown[] = Array.isArray(entry) ? entry : [];
  if (typeof id !== "number" || typeof durationUs !== "number") throw invalidReply(redis);
  return { length, last: { id, durationUs } };
}

function invalidReply({ address }: RedisConnection): InstanceError {
  return new InstanceError("REDIS_REPLY_INVALID", `SLOWLOG on ${address} answered what is no slow log`);
}
