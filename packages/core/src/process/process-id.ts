import type { RedisConnection } from "../redis/connection.ts";
import { readInfo, requireInteger } from "../redis/info.ts";

/**
 * Reads the process id that Redis (or Sentinel) reports, in its own PID namespace.
 *
 * @throws InstanceError `REDIS_…` as `readInfo`.
 */
export async function readProcessId(redis: RedisConnection): Promise<number> {
  return requireInteger(await readInfo(redis, "server"), "process_id");
}
