import type { FitReplica } from "./fitness.ts";
import { compareNames } from "./observation.ts";

/** Which replication history is gone on with; offsets compare only within one. */
export type HistoryDecision =
  | { readonly isKnown: true; readonly replicationId: string; readonly because: string }
  | { readonly isKnown: false; readonly because: string };

/** What is known beside the replicas. */
export interface HistoryEvidence {
  /** The id of the last primary, if the caller has read it. */
  readonly expected: string | undefined;
  /** Instances that answer as a primary. */
  readonly primaries: readonly string[];
}

/**
 * Decides which history is the last: the one expected; else the one whose replica was linked to a primary most recently; of
 * two that are equal in that, the one that more replicas hold. Nobody can tell what is left, nor which of two visible
 * primaries has the history that counts.
 *
 * Recency goes before number: right after a failover most replicas may still hold the history of the one before.
 */
export function decideHistory(
  replicas: readonly FitReplica[],
  { expected, primaries }: HistoryEvidence,
): HistoryDecision {
  if (expected !== undefined) {
    const isHeld = replicas.some(({ replicationId }) => replicationId === expected);
    const doubt = isHeld
      ? ""
      : ", though nobody holds it: it may have been read before its first replica came";
    return { isKnown: true, replicationId: expected, because: `it is the last primary's${doubt}` };
  }
  if (primaries.length > 1) {
    return { isKnown: false, because: `${primaries.join(" and ")} both answer as a primary` };
  }
  const [first, second] = rankHistories(replicas);
  if (first === undefined) return { isKnown: false, because: "no replica names one" };
  if (second !== undefined && compareHistories(first, second) === 0) {
    return { isKnown: false, because: `nothing tells ${first.replicationId} from ${second.replicationId}` };
  }
  return {
    isKnown: true,
    replicationId: first.replicationId,
    because: second === undefined ? "no replica holds another" : "its replicas were linked last",
  };
}

interface History {
  readonly replicationId: string;
  readonly linkDownSeconds: number;
  readonly replicas: number;
}

function rankHistories(replicas: readonly FitReplica[]): readonly History[] {
  const ids = [...new Set(replicas.map(({ replicationId }) => replicationId))].toSorted(compareNames);
  const histories = ids.map((replicationId) => {
    const holders = replicas.filter((replica) => replica.replicationId === replicationId);
    return {
      replicationId,
      linkDownSeconds: Math.min(...holders.map(({ linkDownSeconds }) => linkDownSeconds)),
      replicas: holders.length,
    };
  });
  return histories.toSorted(compareHistories);
}

function compareHistories(left: History, right: History): number {
  return left.linkDownSeconds - right.linkDownSeconds || right.replicas - left.replicas;
}
