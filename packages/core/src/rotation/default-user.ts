import { InstanceError } from "../errors.ts";
import type { RedisConnection } from "../redis/connection.ts";

/** How a Redis lets the default user in, which is who gives only a password. */
export interface DefaultUser {
  /** It asks for no password at all. */
  readonly isOpen: boolean;
  /** SHA-256 of each password that it takes. */
  readonly passwordHashes: ReadonlySet<string>;
}

/**
 * Reads the default user from Redis (6.0 or newer).
 *
 * @throws InstanceError as {@link RedisConnection.send}; `REDIS_REPLY_INVALID` if the reply is of another form.
 * @see https://redis.io/docs/latest/commands/acl-getuser/
 */
export async function readDefaultUser(redis: RedisConnection): Promise<DefaultUser> {
  const reply = await redis.send(["ACL", "GETUSER", "default"]);
  const flags = fieldOf(reply, "flags");
  const passwords = fieldOf(reply, "passwords");
  if (flags === undefined || passwords === undefined) {
    throw new InstanceError(
      "REDIS_REPLY_INVALID",
      `ACL GETUSER default on ${redis.address} answered no flags or no passwords`,
    );
  }
  return { isOpen: flags.includes("nopass"), passwordHashes: new Set(passwords) };
}

/** A reply of RESP2 is a list in which each name is followed by its value. */
function fieldOf(reply: unknown, name: string): readonly string[] | undefined {
  if (!Array.isArray(reply)) return undefined;
  const index = reply.indexOf(name);
  const value: unknown = index % 2 === 0 ? reply[index + 1] : undefined;
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
}
