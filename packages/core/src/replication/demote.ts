import { attempt } from "../attempt.ts";
import { InstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { formatHostPort } from "../host-port.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { isOwnAddress, type RedisAddress } from "./own-address.ts";
import { changeRole } from "./replicaof.ts";
import { type ReplicaStatus, type ReplicationStatus, readStatus } from "./status.ts";

/** What {@link demote} needs. */
export interface DemoteOptions {
  /** The primary to replicate from: an IP address and a port. */
  readonly primary: RedisAddress;
  /** Under which addresses and which port this instance is reached, to refuse itself as its primary. */
  readonly own: { readonly ipAddresses: readonly string[]; readonly port: number };
  readonly readBackTimeoutMs: number;
  readonly logger: Logger;
}

/**
 * Makes this instance a replica of another one (`REPLICAOF host port`) and proves it by reading role and primary
 * back. The link may still be down then: it comes up on its own.
 *
 * Idempotent: Redis keeps a link to the same primary as it is.
 *
 * @returns The status after the change.
 * @throws InstanceError `DEMOTE_TARGET_IS_SELF` with nothing changed; `DEMOTE_FAILED` if Redis refused, was
 * unreachable or doesn't replicate from that primary afterwards, or if nobody can say what it does.
 */
export async function demote(redis: RedisConnection, options: DemoteOptions): Promise<ReplicaStatus> {
  const { primary, own, readBackTimeoutMs, logger } = options;
  const target = formatHostPort(primary.host, primary.port);
  if (isOwnAddress(primary, own)) {
    throw new InstanceError(
      "DEMOTE_TARGET_IS_SELF",
      `${target} is this instance itself: name the address of another one`,
    );
  }

  const undertaking = {
    code: "DEMOTE_FAILED",
    attempted: `demoting Redis at ${redis.address} to a replica of ${target}`,
  } as const;
  const before = await attempt(() => readStatus(redis), undertaking);
  const after = await changeRole(redis, {
    target: [primary.host, String(primary.port)],
    isExpected: (status) => follows(status, primary),
    readBackTimeoutMs,
    undertaking,
  });
  logger.info(
    { from: before.role, to: after.role, primary: target, offsetBytes: before.offsetBytes },
    "demoted",
  );
  return after;
}

function follows(status: ReplicationStatus, primary: RedisAddress): status is ReplicaStatus {
  return (
    status.role === "replica" && status.primary.host === primary.host && status.primary.port === primary.port
  );
}
