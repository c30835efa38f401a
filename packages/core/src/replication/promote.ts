import { attempt } from "../attempt.ts";
import { InstanceError } from "../errors.ts";
import type { LogFields, Logger } from "../logger.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { isOwnAddress, type OwnAddress } from "./own-address.ts";
import { judgePromotion, type PromotionCandidate, readCandidate } from "./promotion-safety.ts";
import { changeRole } from "./replicaof.ts";
import type { PrimaryStatus, ReplicationStatus } from "./status.ts";

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
  /** Promotes also a replica that would lose the data set by it. */
  readonly force: boolean;
  /** Tells whether Redis is kept down, so that there is nothing to promote. */
  readonly isFenced: () => boolean;
  /** Under which addresses this instance is reached: one that follows itself waits to be told its role. */
  readonly own: OwnAddress;
  /**
   * Looks for another instance that holds data, before one that holds none and follows nobody is promoted: whoever follows
   * it would drop its own. Unset: nobody is asked.
   *
   * @returns What was found, in a few words.
   */
  readonly findPeerWithData?: () => Promise<string | undefined>;
  readonly readBackTimeoutMs: number;
  /** Who asks, for the log. */
  readonly caller: LogFields;
  readonly logger: Logger;
}

/**
 * Makes this instance a primary (`REPLICAOF NO ONE`) and proves it by reading the role back.
 *
 * Idempotent: a primary stays one, whatever the preconditions ask, so that a call may be repeated when its answer
 * was lost (the first one has changed the replication id).
 *
 * @returns The status after the change.
 * @throws InstanceError `PRECONDITION_UNMET`, `PROMOTE_UNSAFE` or, forced, `INSTANCE_FENCED`, with nothing changed;
 * `PROMOTE_FAILED` if Redis refused, was unreachable or isn't a primary afterwards, or if nobody can say what it is.
 */
export async function promote(redis: RedisConnection, options: PromoteOptions): Promise<PrimaryStatus> {
  const { preconditions, force, readBackTimeoutMs, caller, logger } = options;
  if (options.isFenced()) throw fencedError({ force });
  const undertaking = { code: "PROMOTE_FAILED", attempted: `promoting Redis at ${redis.address}` } as const;
  const candidate = await attempt(() => readCandidate(redis), undertaking);
  const { status: before } = candidate;
  requirePreconditions(before, preconditions);
  const doubt = await requireSafety(candidate, options);

  const after = await changeRole(redis, {
    target: ["NO", "ONE"],
    isExpected: (status) => status.role === "primary",
    readBackTimeoutMs,
    undertaking,
  });
  const change = {
    ...caller,
    from: before.role,
    to: after.role,
    offsetBytesBefore: before.offsetBytes,
    offsetBytes: after.offsetBytes,
  };
  if (doubt === undefined) logger.info(change, "promoted");
  else logger.warn({ ...change, doubt }, "promoted");
  return after;
}

function fencedError({ force }: Pick<PromoteOptions, "force">): InstanceError {
  return force
    ? new InstanceError("INSTANCE_FENCED", "not promoted: the instance is fenced, so that its Redis is down")
    : new InstanceError("PROMOTE_UNSAFE", "not promoted: the instance is fenced");
}

/** @returns What speaks against the promotion although it is carried out. */
async function requireSafety(
  candidate: PromotionCandidate,
  { own, force, findPeerWithData }: Pick<PromoteOptions, "own" | "force" | "findPeerWithData">,
): Promise<string | undefined> {
  const { status, keys } = candidate;
  const isUndesignated = status.role === "replica" && isOwnAddress(status.primary, own);
  const peerWithData = isUndesignated && keys === 0 && !force ? await findPeerWithData?.() : undefined;
  const verdict = judgePromotion(candidate, { isUndesignated, peerWithData });
  if (verdict.safe) return "doubt" in verdict ? verdict.doubt : undefined;
  if (force) return verdict.reason;
  throw new InstanceError("PROMOTE_UNSAFE", `not promoted: ${verdict.reason}; force=true promotes it anyway`);
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
