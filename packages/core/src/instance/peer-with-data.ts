import { setTimeout as pause } from "node:timers/promises";
import { describeError, isInstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { RedisConnection } from "../redis/connection.ts";
import type { RedisAddress } from "../replication/own-address.ts";
import { readCandidate } from "../replication/promotion-safety.ts";

/** What {@link findPeerWithData} needs. */
export interface PeerSearch {
  readonly peers: readonly RedisAddress[];
  /** Opens a connection to a peer's Redis, with deadlines of its own. */
  readonly connect: (peer: RedisAddress) => RedisConnection;
  /** How long silent peers are asked again, in milliseconds. */
  readonly patienceMs: number;
  readonly retryIntervalMs: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Looks for an instance that holds data, or is loading some: one that a primary without any would make drop it.
 *
 * All are asked at once. A peer that is silent for as long as the patience lasts proves nothing, and is logged.
 *
 * @returns What was found, in a few words; `undefined` if nobody who answered holds any.
 */
export async function findPeerWithData(search: PeerSearch): Promise<string | undefined> {
  const enough = new AbortController();
  const signal = AbortSignal.any([search.signal, enough.signal]);
  const findings = await Promise.all(
    search.peers.map(async (peer) => {
      const finding = await askPatiently(peer, { ...search, signal });
      if (finding !== undefined) enough.abort();
      return finding;
    }),
  );
  return findings.find((finding) => finding !== undefined);
}

async function askPatiently(peer: RedisAddress, search: PeerSearch): Promise<string | undefined> {
  const { connect, patienceMs, retryIntervalMs, signal, logger } = search;
  const deadline = performance.now() + patienceMs;
  const redis = connect(peer);
  try {
    while (!signal.aborted) {
      try {
        const { keys, isLoading } = await readCandidate(redis);
        if (isLoading) return `${redis.address} is loading data`;
        return keys === 0 ? undefined : `${redis.address} holds ${keys} keys`;
      } catch (error) {
        if (!isInstanceError(error)) throw error;
        if (performance.now() + retryIntervalMs > deadline) {
          logger.warn(
            { peer: redis.address, reason: describeError(error) },
            "whether a peer holds data is not known",
          );
          return undefined;
        }
      }
      // Ends early, by a rejection.
      await pause(retryIntervalMs, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  } finally {
    redis.close();
  }
}
