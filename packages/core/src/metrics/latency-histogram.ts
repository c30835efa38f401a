import { InstanceError } from "../errors.ts";
import type { RedisConnection } from "../redis/connection.ts";

/** How long the calls of each command took, by its lower-case name. */
export type CommandLatencies = ReadonlyMap<string, CommandLatency>;

/** The distribution of one command's calls. */
export interface CommandLatency {
  readonly calls: number;
  /** How many calls took at most so long; in Redis' order, without those that are like the one before. */
  readonly buckets: readonly { readonly upToUs: number; readonly calls: number }[];
}

/**
 * Reads how long the calls of all commands took. Needs Redis 7.0.
 *
 * @throws InstanceError `REDIS_…` as {@link RedisConnection.send}; `REDIS_REPLY_INVALID`.
 * @see https://redis.io/docs/latest/commands/latency-histogram/
 */
export async function readCommandLatencies(redis: RedisConnection): Promise<CommandLatencies> {
  const reply = await redis.send(["LATENCY", "HISTOGRAM"]);
  const latencies = new Map<string, CommandLatency>();
  for (const [command, distribution] of pairsOf(reply)) {
    const fields = new Map(pairsOf(distribution));
    const calls = fields.get("calls");
    const buckets = pairsOf(fields.get("histogram_usec")).flatMap(([upToUs, count]) =>
      typeof upToUs === "number" && typeof count === "number" ? [{ upToUs, calls: count }] : [],
    );
    if (typeof command !== "string" || typeof calls !== "number") {
      throw new InstanceError(
        "REDIS_REPLY_INVALID",
        `LATENCY HISTOGRAM on ${redis.address} answered what is no histogram`,
      );
    }
    latencies.set(command, { calls, buckets });
  }
  return latencies;
}

// RESP2 has no maps: key, value, key, value.
function pairsOf(reply: unknown): readonly (readonly [unknown, unknown])[] {
  const items: readonly unknown[] = Array.isArray(reply) ? reply : [];
  const pairs: (readonly [unknown, unknown])[] = [];
  for (let at = 0; at + 1 < items.length; at += 2) pairs.push([items[at], items[at + 1]]);
  return pairs;
}
