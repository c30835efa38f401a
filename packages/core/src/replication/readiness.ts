import type { InstanceErrorCode } from "../errors.ts";
import { isInstanceError } from "../errors.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { readStatus, type ReplicationStatus } from "./status.ts";

/** Whether an instance may be sent traffic, and if not, why, in a few words. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** What readiness asks for beside an answered `PING`. */
export interface ReadinessPolicy {
  /**
   * A replica is ready only while its link is up and it has heard of its primary within this time, in milliseconds.
   * Unset: a replica that answers is ready, so that the loss of every link doesn't empty the service of the replicas.
   */
  readonly replicaMaxSilenceMs: number | undefined;
}

const reasonOfCode: Partial<Readonly<Record<InstanceErrorCode, string>>> = {
  REDIS_UNREACHABLE: "unreachable",
  REDIS_TIMED_OUT: "timed out",
  REDIS_LOADING: "LOADING",
  REDIS_BUSY: "BUSY",
  REDIS_AUTH_FAILED: "authentication failed",
};

/**
 * Asks Redis whether it may serve: `PING`, and the replication status where the policy needs it. Never throws an
 * {@link InstanceError}: what fails is a reason not to be ready.
 */
export async function checkReadiness(redis: RedisConnection, policy: ReadinessPolicy): Promise<Readiness> {
  try {
    await redis.send(["PING"]);
    if (policy.replicaMaxSilenceMs === undefined) return { ready: true };
    return decideReadiness(await readStatus(redis), policy.replicaMaxSilenceMs);
  } catch (error) {
    if (!isInstanceError(error)) throw error;
    return { ready: false, reason: reasonOfCode[error.code] ?? replyOf(error) };
  }
}

/** Judges a replica by its link; a primary is always ready. */
export function decideReadiness(status: ReplicationStatus, replicaMaxSilenceMs: number): Readiness {
  if (status.role === "primary") return { ready: true };
  if (status.link === "down") {
    return { ready: false, reason: status.syncInProgress ? "sync in progress" : "link to the primary down" };
  }
  if (status.lastIoSecondsAgo === undefined) return { ready: false, reason: "primary never heard of" };
  const silentMs = status.lastIoSecondsAgo * 1_000;
  if (silentMs > replicaMaxSilenceMs) {
    return { ready: false, reason: `primary silent for ${silentMs / 1_000} s` };
  }
  return { ready: true };
}

/** Redis' own words for a refusal that has no class of its own, MISCONF for one. */
function replyOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
