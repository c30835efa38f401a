import { findPeerWithData } from "@redis-operator/core/instance";
import type { ClusterObserver } from "@redis-operator/core/kubernetes";
import type { Logger } from "@redis-operator/core/logger";
import { createRedisConnection } from "@redis-operator/core/redis";
import type { Config } from "./config.ts";

/** What {@link createPeerDataSearch} needs. */
export interface PeerDataDeps {
  readonly config: Config;
  /** Unset: no peer's Redis is known. */
  readonly observer: Pick<ClusterObserver, "current"> | undefined;
  readonly own: { readonly podName: string; readonly ipAddresses: readonly string[] };
  readonly logger: Logger;
}

/** Creates the question whether another pod of the cluster holds data: each is asked once, and a silent one doesn't count. */
export function createPeerDataSearch(deps: PeerDataDeps): () => Promise<string | undefined> {
  const { config, observer, own, logger } = deps;
  const { port, passwordFile, tlsDir, target } = config.redis;
  return async () => {
    const pods = observer?.current()?.state.pods ?? [];
    const others = pods.filter(({ name, ip }) => name !== own.podName && !own.ipAddresses.includes(ip));
    return findPeerWithData({
      peers: others.map(({ ip }) => ({ host: ip, port })),
      connect: (peer) => createRedisConnection({ ...peer, passwordFile, tlsDir, ...target }),
      patienceMs: 0,
      retryIntervalMs: 0,
      signal: new AbortController().signal,
      logger,
    });
  };
}
