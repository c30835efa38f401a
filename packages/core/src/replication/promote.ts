import { attempt } from "../attempt.ts";
import { InstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { changeRole } from "./replicaof.ts";
import { type PrimaryStatus, readStatus, type ReplicationStatus } from "./status.ts";

/** What must hold of a replica for it to be promoted; what is left out is not asked. */
export interface PromotePreconditions {
  /** The least offset, in bytes, that the replica must have applied. */
  readonly minOffsetBytes?: number | undefined;
  /** The replication id of the history that the replica must hold. */
  readonly replicationId?: string | undefined;
}

/** What {@link promote} needs. */
export interface PromoteOptions {
  readonly preconditions: PromotePreconditions;
  readonly readBackTimeoutMs: number;
  readonly logger: Logger;
}

/**
 * Makes this instance a primary (`REPLICAOF NO ONE`) and proves it by reading the role back.
 *
 * Idempotent: a primary stays one, whatever the preconditions ask, so that a call may be repeated when its answer
 * was lost (the first one has changed the replication id).
 *
 * @returns The status after the change.
 * @throws InstanceError `PRECONDITION_UNMET` with nothing changed; `PROMOTE_FAILED` if Redis refused, was
 * unreachable or isn't a primary afterwards, or if nobody can say what it is.
 */
export async function promote(redis: RedisConnection, options: PromoteOptions): Promise<PrimaryStatus> {
  const { preconditions, readBackTimeoutMs, logger } = options;
  const undertaking = { code: "PROMOTE_FAILED", attempted: `promoting Redis at ${redis.address}` } as const;
  const before = await attempt(() => readStatus(redis), undertaking);
  requirePreconditions(before, preconditions);

  const after = await changeRole(redis, {
    target: ["NO", "ONE"],
    isExpected: (status) => status.role === "primary",
    readBackTimeoutMs,
    undertaking,
  });
  logger.info({ from: before.role, to: after.role, offsetBytes: after.offsetBytes }, "promoted");
  return after;
}

function requirePreconditions(status: ReplicationStatus, preconditions: PromotePreconditions): void {
  if (status.role === "primary") return;
  const { minOffsetBytes, replicationId } = preconditions;
  if (minOffsetBytes !== undefined && status.offsetBytes < minOffsetBytes) {
    throw new InstanceError(
      "PRECONDITION_UNMET",
      `not promoted: the replication offset is ${status.offsetBytes}, below the ${minOffsetBytes} asked for`,
    );
  }
  if (replicationId !== undefined && status.replicationId !== replicationId) {
    throw new InstanceError(
      "PRECONDITION_UNMET",
      `not promoted: the replication id is ${status.replicationId}, not the ${replicationId} asked for`,
    );
  }
}
