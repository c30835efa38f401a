import { attempt } from "../attempt.ts";
import { InstanceError } from "../errors.ts";
import type { LogFields } from "../logger.ts";
import { formatHostPort } from "../host-port.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { requirePrimaryTarget, type TargetCheckOptions } from "./demote-target.ts";
import { isOwnAddress, type OwnAddress, type RedisAddress } from "./own-address.ts";
import { changeRole } from "./replicaof.ts";
import { type ReplicaStatus, type ReplicationStatus, readStatus } from "./status.ts";

/** What {@link demote} needs. */
export interface DemoteOptions extends TargetCheckOptions {
  /** The primary to replicate from: an IP address and a port. */
  readonly primary: RedisAddress;
  /** Under which addresses this instance is reached, to refuse itself as its primary. */
  readonly own: OwnAddress;
  /** Doesn't ask the primary whether it is one. */
  readonly force: boolean;
  /** Tells whether Redis is kept down, so that there is nothing to demote. */
  readonly isFenced: () => boolean;
  readonly readBackTimeoutMs: number;
  /** Who asks, for the log. */
  readonly caller: LogFields;
}

/**
 * Makes this instance a replica of another one (`REPLICAOF host port`) and proves it by reading role and primary
 * back. The link may still be down then: it comes up on its own.
 *
 * Idempotent: Redis keeps a link to the same primary as it is.
 *
 * @returns The status after the change.
 * @throws InstanceError `DEMOTE_TARGET_IS_SELF`, `INSTANCE_FENCED`, `DEMOTE_TARGET_NOT_PRIMARY` with nothing changed;
 * `DEMOTE_FAILED` if Redis refused, was unreachable or doesn't replicate from that primary afterwards, or if nobody can say
 * what it does.
 */
export async function demote(redis: RedisConnection, options: DemoteOptions): Promise<ReplicaStatus> {
  const { primary, own, force, readBackTimeoutMs, caller, logger } = options;
  const target = formatHostPort(primary.host, primary.port);
  if (isOwnAddress(primary, own)) {
    throw new InstanceError(
      "DEMOTE_TARGET_IS_SELF",
      `${target} is this instance itself: name the address of another one`,
    );
  }
  if (options.isFenced()) {
    throw new InstanceError(
      "INSTANCE_FENCED",
      "not demoted: the instance is fenced, so that its Redis is down",
    );
  }

  const undertaking = {
    code: "DEMOTE_FAILED",
    attempted: `demoting Redis at ${redis.address} to a replica of ${target}`,
  } as const;
  const before = await attempt(() => readStatus(redis), undertaking);
  if (!force) await requirePrimaryTarget(primary, options);
  const after = await changeRole(redis, {
    target: [primary.host, String(primary.port)],
    isExpected: (status) => follows(status, primary),
    readBackTimeoutMs,
    undertaking,
  });
  logger.info(
    {
      ...caller,
      from: before.role,
      to: after.role,
      primary: target,
      offsetBytesBefore: before.offsetBytes,
      offsetBytes: after.offsetBytes,
    },
    "demoted",
  );
  return after;
}

function follows(status: ReplicationStatus, primary: RedisAddress): status is ReplicaStatus {
  return (
    status.role === "replica" && status.primary.host === primary.host && status.primary.port === primary.port
  );
}
