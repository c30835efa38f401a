import { formatHostPort } from "../host-port.ts";
import type { RedisAddress } from "../replication/own-address.ts";
import type { SentinelView } from "./sentinel-view.ts";

/** What the sentinels said when all of them were asked. */
export interface SentinelPoll {
  /** How many were asked, those that didn't answer included. */
  readonly asked: number;
  readonly views: readonly SentinelView[];
  /** Why one that was asked has no view. */
  readonly trouble: string | undefined;
}

/**
 * Finds the primary that as many sentinels name as a failover takes: more than half of all that were asked or that one of them
 * knows, and their quorum. A later view than theirs, of a failover that the others have not heard of yet, voids it.
 */
export function findNamedPrimary({ asked, views }: SentinelPoll): RedisAddress | undefined {
  const sentinels = Math.max(asked, ...views.map(({ otherSentinels }) => otherSentinels + 1));
  const latest = Math.max(...views.map(({ epoch }) => epoch));
  for (const [, voters] of Map.groupBy(views, ({ primary }) => formatHostPort(primary.host, primary.port))) {
    const quorum = Math.max(...voters.map((voter) => voter.quorum));
    const isMajority = voters.length * 2 > sentinels && voters.length >= quorum;
    if (isMajority && voters.some(({ epoch }) => epoch === latest)) return voters[0]?.primary;
  }
  return undefined;
}
