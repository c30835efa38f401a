import { describeError, InstanceError, isInstanceError } from "../errors.ts";
import { formatHostPort } from "../host-port.ts";
import type { Logger } from "../logger.ts";
import type { RedisConnection } from "../redis/connection.ts";
import type { RedisAddress } from "./own-address.ts";
import { readStatus, type ReplicationStatus } from "./status.ts";

/** What {@link requirePrimaryTarget} needs. */
export interface TargetCheckOptions {
  /** Opens a connection with this instance's own credentials and short deadlines; it is closed afterwards. */
  readonly connect: (address: RedisAddress) => RedisConnection;
  readonly logger: Logger;
}

/**
 * Refuses a target that answers as a replica: a chain or, if it follows this instance, a circle in which nobody accepts
 * writes.
 *
 * A target that can't be asked is taken, with a warning: during a failover it may not be up yet, and a former primary that
 * went on as one meanwhile would be worse than a link that isn't up yet.
 *
 * @throws InstanceError `DEMOTE_TARGET_NOT_PRIMARY`
 */
export async function requirePrimaryTarget(target: RedisAddress, options: TargetCheckOptions): Promise<void> {
  const address = formatHostPort(target.host, target.port);
  const status = await readTarget(target, options);
  if (status instanceof InstanceError) {
    options.logger.warn(
      { target: address, reason: describeError(status) },
      "the target of a demotion can't be asked for its role: taken for a primary",
    );
    return;
  }
  if (status.role === "primary") return;
  const followed = formatHostPort(status.primary.host, status.primary.port);
  throw new InstanceError(
    "DEMOTE_TARGET_NOT_PRIMARY",
    `not demoted: ${address} is itself a replica, of ${followed}; force=true skips this check`,
  );
}

async function readTarget(
  target: RedisAddress,
  { connect }: TargetCheckOptions,
): Promise<ReplicationStatus | InstanceError> {
  const redis = connect(target);
  try {
    return await readStatus(redis);
  } catch (error) {
    if (isInstanceError(error)) return error;
    throw error;
  } finally {
    redis.close();
  }
}
