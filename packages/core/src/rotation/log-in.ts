import type { RedisAccess } from "../redis/access.ts";
import { createRedisConnection, type RedisConnectionOptions } from "../redis/connection.ts";

/**
 * Logs in on a connection of its own, and asks what only one who is in may ask.
 *
 * @param password - Exactly this one; unset: what `options` lead to.
 * @throws InstanceError as a connection's `send`.
 */
export async function logIn(
  options: RedisConnectionOptions & { readonly access: RedisAccess },
  password?: string,
) {
  const { access } = options;
  const pinned: RedisAccess = {
    async candidates() {
      const candidates = await access.candidates();
      return password === undefined ? candidates : candidates.map(({ tls }) => ({ password, tls }));
    },
    accepted: (credentials) => access.accepted(credentials),
  };
  const redis = createRedisConnection({ ...options, access: pinned });
  try {
    await redis.send(["CONFIG", "GET", "port"]);
  } finally {
    redis.close();
  }
}
