import { readFile } from "node:fs/promises";
import { describeError, InstanceError, isInstanceError } from "../errors.ts";
import { aclFilePath, listAclUsers, renderAclFile, withoutAclRules } from "../redis/acl-file.ts";
import { writeRedisConfig } from "../redis/config-file.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { readDefaultUser } from "./default-user.ts";
import type { RotatedSubject } from "./rotated-subject.ts";

/** What {@link createAclRotation} needs. */
export interface AclRotationDeps {
  readonly redis: RedisConnection;
  /** The user's file. */
  readonly aclFile: string;
  /** Redis' working directory, where the file lies that Redis was started on. */
  readonly dir: string;
  /** SHA-256 of each password that the default user takes besides those in the file. */
  readonly takenHashes: () => readonly string[];
  /** Proves on a connection of its own that the manager gets in; throws if it doesn't. */
  readonly logIn: () => Promise<void>;
}

/**
 * Creates the rotation of the ACL file of a supervised Redis.
 *
 * `ACL LOAD` takes a file whole or not at all. It closes the connections of the users that a file takes away (before Redis 7.2,
 * of every user but `default`), so it is sent only when the user's file has changed.
 */
export function createAclRotation(deps: AclRotationDeps): RotatedSubject {
  const { redis, aclFile, dir, takenHashes, logIn } = deps;
  const path = aclFilePath(dir);
  let loadedText: string | undefined;
  let writtenHashes = "";
  let refused: { readonly text: string; readonly error: InstanceError } | undefined;

  /** @throws InstanceError if Redis holds something else, or the manager doesn't get in any more. */
  async function readBack(wanted: string): Promise<void> {
    const expected = listAclUsers(wanted);
    const users = await readUsers(redis);
    const { isOpen, passwordHashes } = await readDefaultUser(redis);
    const hasUsers = users.length === expected.length && expected.every((name) => users.includes(name));
    if (!hasUsers || isOpen || !takenHashes().every((hash) => passwordHashes.has(hash))) {
      throw new InstanceError(
        "REDIS_REPLY_INVALID",
        `Redis at ${redis.address} holds other users after ACL LOAD`,
      );
    }
    await logIn();
  }

  async function replace(wanted: string, before: string): Promise<void> {
    // A Redis that is down will be started on a file that is written then.
    await readDefaultUser(redis);
    await writeRedisConfig(path, wanted);
    try {
      await redis.send(["ACL", "LOAD"]);
    } catch (error) {
      await writeRedisConfig(path, before);
      // Any other failure leaves open whether it was loaded, and it will be tried again.
      throw isInstanceError(error) && error.code === "REDIS_COMMAND_FAILED" ? refusal(error) : error;
    }
    try {
      await readBack(wanted);
    } catch (error) {
      await writeRedisConfig(path, before);
      await redis.send(["ACL", "LOAD"]);
      throw refusal(error);
    }
  }

  function refusal(error: unknown): InstanceError {
    // Without its cause, which holds the rule at fault.
    const reason = withoutAclRules(describeError(error)).replaceAll(path, aclFile);
    return new InstanceError("REDIS_CONFIG_INVALID", `Redis didn't take the ACL file ${aclFile}: ${reason}`);
  }

  return {
    name: "acl",
    files: [aclFile],
    // The file in Redis' directory follows the passwords that count, so that an ACL LOAD by hand changes nothing.
    isUnsettled: () => writtenHashes !== String(takenHashes()),
    async apply([text = ""]) {
      const passwordHashes = takenHashes();
      const wanted = renderAclFile(text, { source: aclFile, passwordHashes });
      const before = await readFile(path, "utf8");
      if (before === wanted || text === loadedText) {
        if (before !== wanted) await writeRedisConfig(path, wanted);
        loadedText = text;
        writtenHashes = String(passwordHashes);
        return undefined;
      }
      if (refused?.text === text) throw refused.error;
      try {
        await replace(wanted, before);
      } catch (error) {
        // Once is enough: what is loaded and taken back closes connections.
        if (isInstanceError(error) && error.code === "REDIS_CONFIG_INVALID") refused = { text, error };
        throw error;
      }
      refused = undefined;
      loadedText = text;
      writtenHashes = String(passwordHashes);
      return {
        fields: { users: listAclUsers(wanted) },
        message: "ACL file rotated: Redis holds the users in it",
      };
    },
  };
}

async function readUsers(redis: RedisConnection): Promise<readonly string[]> {
  const reply = await redis.send(["ACL", "USERS"]);
  if (!Array.isArray(reply)) {
    throw new InstanceError("REDIS_REPLY_INVALID", `ACL USERS on ${redis.address} answered no list`);
  }
  return reply.map(String);
}
