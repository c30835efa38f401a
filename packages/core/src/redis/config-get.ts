import { InstanceError } from "../errors.ts";
import type { RedisConnection } from "./connection.ts";

/**
 * Reads configuration directives of the running Redis.
 *
 * One command per name: several patterns in one `CONFIG GET` need Redis 7.0.
 *
 * @returns The value of each directive that this server knows.
 * @throws InstanceError as {@link RedisConnection.send}; `REDIS_REPLY_INVALID` if the reply is no list of pairs.
 * @see https://redis.io/docs/latest/commands/config-get/
 */
export async function readConfig<Name extends string>(
  redis: RedisConnection,
  names: readonly Name[],
): Promise<ReadonlyMap<Name, string>> {
  const values = new Map<Name, string>();
  for (const name of names) {
    const reply = await redis.send(["CONFIG", "GET", name]);
    if (!Array.isArray(reply)) {
      throw new InstanceError(
        "REDIS_REPLY_INVALID",
        `CONFIG GET ${name} on ${redis.address} answered no list`,
      );
    }
    const value: unknown = reply[1];
    if (typeof value === "string") values.set(name, value);
  }
  return values;
}
