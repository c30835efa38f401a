import { InstanceError } from "../errors.ts";
import { readConfig } from "../redis/config-get.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { readInfo } from "../redis/info.ts";
import { hashPassword } from "../redis/password-hash.ts";
import { readDefaultUser } from "./default-user.ts";
import {
  chooseMasterauth,
  enterPassword,
  type PasswordPlan,
  planPasswords,
  type PasswordTimeline,
} from "./password-timeline.ts";
import type { RotatedSubject } from "./rotated-subject.ts";

/** What {@link createPasswordRotation} needs. */
export interface PasswordRotationDeps {
  readonly redis: RedisConnection;
  readonly passwordFile: string;
  /** What Redis was started with; empty: none, or not known. */
  readonly startedWith: string;
  /** For how long the password before is taken too. */
  readonly graceMs: number;
  /** Redis is started on an ACL file, which holds its passwords in place of `requirepass`. */
  readonly hasAclFile: boolean;
  /** Proves on a connection of its own that the password is taken; throws if it isn't. */
  readonly logIn: (password: string) => Promise<void>;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

/** The password of a supervised Redis, rotated without a moment in which a client or a link is locked out. */
export interface PasswordRotation extends RotatedSubject {
  /** SHA-256 of each password that Redis takes now. */
  takenHashes(): readonly string[];
}

// Redis tries to connect once a second, so that each password gets a try or two.
const refusedAfterMs = 2_000;

/**
 * Creates the rotation of the password, for clients (`requirepass`) and for the link to the primary (`masterauth`).
 *
 * The new password is added to the default user at once, beside the old one, which is removed after the grace. No
 * order among the instances is needed: `masterauth` falls back to the old password while a primary that rotates later
 * refuses the new one.
 */
export function createPasswordRotation(deps: PasswordRotationDeps): PasswordRotation {
  const { redis, passwordFile, startedWith, graceMs, hasAclFile, logIn, now } = deps;
  let timeline: PasswordTimeline =
    startedWith === "" ? [] : enterPassword([], { password: startedWith, sinceMs: now() });
  let masterauth = startedWith;
  let downSinceMs: number | undefined;
  let isUnreported = false;

  /** @returns Whether anything had to be changed. */
  async function settleDefaultUser(plan: PasswordPlan): Promise<boolean> {
    const wanted = [plan.current, ...plan.retiring].map(hashPassword);
    const retired = plan.retired.map(hashPassword);
    const before = await readDefaultUser(redis);
    // Redis refuses to remove a password that isn't there.
    const removals = retired.filter((hash) => before.passwordHashes.has(hash));
    const holdsWanted = wanted.every((hash) => before.passwordHashes.has(hash));
    if (!before.isOpen && holdsWanted && removals.length === 0) return false;
    // One command, so that there is no moment in between. Adding a password ends `nopass`, too.
    const rules = [...wanted.map((hash) => `#${hash}`), ...removals.map((hash) => `!${hash}`)];
    await redis.send(["ACL", "SETUSER", "default", ...rules]);
    const after = await readDefaultUser(redis);
    const isHeld =
      !after.isOpen &&
      wanted.every((hash) => after.passwordHashes.has(hash)) &&
      !retired.some((hash) => after.passwordHashes.has(hash));
    if (!isHeld) {
      throw new InstanceError(
        "REDIS_REPLY_INVALID",
        `the default user of Redis at ${redis.address} doesn't take the passwords that it was given`,
      );
    }
    return true;
  }

  async function setDirective(name: "masterauth" | "requirepass", value: string): Promise<void> {
    if ((await readConfig(redis, [name])).get(name) === value) return;
    await redis.send(["CONFIG", "SET", name, value]);
  }

  async function isLinkRefused(): Promise<boolean> {
    const info = await readInfo(redis, "replication");
    const isDown = info.get("master_link_status") === "down" && info.get("master_sync_in_progress") !== "1";
    const nowMs = now();
    downSinceMs = isDown ? (downSinceMs ?? nowMs) : undefined;
    if (downSinceMs === undefined || nowMs - downSinceMs < refusedAfterMs) return false;
    downSinceMs = nowMs;
    return true;
  }

  return {
    name: "password",
    files: [passwordFile],
    // An older password is still taken, and the link to the primary may need it.
    isUnsettled: () => timeline.length > 1,
    takenHashes() {
      if (timeline.length === 0) return [];
      const { current, retiring } = planPasswords(timeline, { nowMs: now(), graceMs });
      return [current, ...retiring].map(hashPassword);
    },
    async apply([text = ""]) {
      const password = text.trim();
      if (password === "") {
        throw new InstanceError("REDIS_CONFIG_INVALID", `the Redis password file ${passwordFile} is empty`);
      }
      const nowMs = now();
      const entered = enterPassword(timeline, { password, sinceMs: nowMs });
      const plan = planPasswords(entered, { nowMs, graceMs });
      isUnreported = (await settleDefaultUser(plan)) || isUnreported;
      const isNew = entered !== timeline;
      timeline = entered;
      if (isNew) masterauth = password;
      if (isUnreported) await logIn(password);

      const hasChoice = plan.retiring.length > 0;
      const isRefused = hasChoice && (await isLinkRefused());
      masterauth = chooseMasterauth(plan, { chosen: masterauth, isRefused });
      await setDirective("masterauth", masterauth);
      // It takes away every other password, so its time is when only one counts.
      if (!hasChoice && !hasAclFile) await setDirective("requirepass", password);
      if (!hasChoice) timeline = enterPassword([], { password, sinceMs: nowMs });

      if (!isUnreported) return undefined;
      isUnreported = false;
      return { fields: {}, message: hasChoice ? addedMessage : settledMessage };
    },
  };
}

const addedMessage = "password rotated: Redis takes the new one, and the one before until the grace ends";
const settledMessage = "password rotated: Redis takes the one in the file and no other";
