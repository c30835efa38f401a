import {
  type InfoSnapshot,
  optionalInteger,
  parseInfoPairs,
  readInfo,
  requireInteger,
} from "../redis/info.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { parseReplicationStatus, type ReplicaStatus, type ReplicationStatus } from "./status.ts";

/** What decides whether a promotion would lose the data set, read from one `INFO`. */
export interface PromotionCandidate {
  readonly status: ReplicationStatus;
  /** Whether Redis is loading a data set, from its disk or from its primary. */
  readonly isLoading: boolean;
  /** How many keys it holds in all databases. */
  readonly keys: number;
}

/** Whether a promotion keeps the data set. */
export type PromotionVerdict =
  | { readonly safe: true }
  /** It does, as far as anybody here knows. */
  | { readonly safe: true; readonly doubt: string }
  | { readonly safe: false; readonly reason: string };

/** Reads what {@link judgePromotion} judges. @throws InstanceError as {@link readInfo}; `REDIS_REPLY_INVALID`. */
export async function readCandidate(redis: RedisConnection): Promise<PromotionCandidate> {
  return parseCandidate(await readInfo(redis));
}

/** Maps the default sections of `INFO`. @throws InstanceError `REDIS_REPLY_INVALID` */
export function parseCandidate(info: InfoSnapshot): PromotionCandidate {
  return {
    status: parseReplicationStatus(info),
    isLoading: requireInteger(info, "loading") === 1 || optionalInteger(info, "async_loading") === 1,
    keys: countKeys(info),
  };
}

/** What is known beside the candidate itself. */
export interface PromotionSurroundings {
  /** Whether it follows nobody but itself, waiting to be told its role. */
  readonly isUndesignated: boolean;
  /** Another instance that holds data, in a few words, if one was looked for and found. */
  readonly peerWithData: string | undefined;
}

/**
 * Judges a promotion by what is certain: it is unsafe only if it would lose the data set for good, or leave half of one.
 *
 * What a replica has loaded from its own disk may be old, and is all the same the best that is left when every instance
 * went down at once. An undesignated one lacks nobody's data, unless it is empty beside others that would drop theirs.
 */
export function judgePromotion(
  { status, isLoading, keys }: PromotionCandidate,
  { isUndesignated, peerWithData }: PromotionSurroundings,
): PromotionVerdict {
  if (status.role === "primary") return { safe: true };
  if (isLoading) return { safe: false, reason: "it is loading its data set" };
  if (isUndesignated) {
    if (keys > 0 || peerWithData === undefined) return { safe: true };
    return { safe: false, reason: `it holds no data, while ${peerWithData}` };
  }
  if (status.link === "up") return { safe: true };
  if (status.syncInProgress) return { safe: false, reason: "it is in the middle of a full sync" };
  if (keys === 0 && !hasHistory(status)) {
    return { safe: false, reason: "it never finished a sync and holds no data" };
  }
  if (isNeverSynced(status)) {
    return { safe: true, doubt: "it never finished a sync since it became a replica: its data are its own" };
  }
  return { safe: true };
}

// Redis' own stand-in for the offset of a replica that has neither a primary nor the state of a former one. A sync that
// emptied the data set and was cut off leaves it behind.
const offsetWithoutHistory = 1;

function hasHistory(status: ReplicaStatus): boolean {
  return !isNeverSynced(status) && status.offsetBytes !== offsetWithoutHistory;
}

// The seconds count from the last loss of a link that was up. Promoting resets them.
function isNeverSynced({ link, linkDownSeconds }: ReplicaStatus): boolean {
  return link === "down" && linkDownSeconds === undefined;
}

function countKeys(info: InfoSnapshot): number {
  let keys = 0;
  for (const [field, value] of info) {
    if (/^db\d+$/.test(field)) keys += requireInteger(parseInfoPairs(value), "keys");
  }
  return keys;
}
