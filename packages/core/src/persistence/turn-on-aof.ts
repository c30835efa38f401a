import { setTimeout as sleep } from "node:timers/promises";
import { describeError, InstanceError, isInstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { readInfo, requireField, requireInteger } from "../redis/info.ts";

/** How {@link turnOnAof} waits. */
export interface TurnOnAofOptions {
  readonly pollIntervalMs: number;
  /** Before it is tried again when Redis refused, as for a full disk. */
  readonly retryIntervalMs: number;
  /** Ends it: Redis has ended, or the manager stops. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Turns the append-only file on in a Redis that was started without it, once that has loaded its data, and returns when
 * everything it holds is in that file: only then does a restart load the append-only directory.
 *
 * It is tried until it succeeds or `signal` aborts. Never rejects.
 */
export async function turnOnAof(redis: RedisConnection, options: TurnOnAofOptions): Promise<void> {
  const { pollIntervalMs, retryIntervalMs, signal, logger } = options;
  while (!signal.aborted) {
    let pauseMs = pollIntervalMs;
    try {
      if (await isAofComplete(redis)) {
        logger.info({}, "the append-only file is on and complete");
        return;
      }
    } catch (error) {
      if (!isInstanceError(error)) throw error;
      // Anything else passes: Redis doesn't listen yet, or is busy.
      if (error.code === "AOF_REWRITE_FAILED") {
        logger.warn({ reason: describeError(error) }, "turning the append-only file on failed, trying again");
        pauseMs = retryIntervalMs;
      }
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Does the next step; each call does one at the most. */
async function isAofComplete(redis: RedisConnection): Promise<boolean> {
  const info = await readInfo(redis, "persistence");
  if (requireInteger(info, "loading") !== 0) return false;
  if (requireInteger(info, "aof_enabled") === 0) {
    await enable(redis);
    return false;
  }
  const isPending = ["aof_rewrite_in_progress", "aof_rewrite_scheduled"].some(
    (field) => requireInteger(info, field) !== 0,
  );
  return !isPending && requireField(info, "aof_last_bgrewrite_status") === "ok";
}

async function enable(redis: RedisConnection): Promise<void> {
  try {
    await redis.send(["CONFIG", "SET", "appendonly", "yes"]);
  } catch (cause) {
    if (!isInstanceError(cause) || cause.code !== "REDIS_COMMAND_FAILED") throw cause;
    throw new InstanceError("AOF_REWRITE_FAILED", describeError(cause), { cause });
  }
}
