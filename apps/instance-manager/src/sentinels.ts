import { createRedisConnection } from "@redis-operator/core/redis";
import { askBootRole, type AskBootRoleOptions, createResolveHost } from "@redis-operator/core/sentinels";
import type { Config } from "./config.ts";

/** What {@link createAskSentinels} needs. */
export interface SentinelDeps extends Pick<AskBootRoleOptions, "connect"> {
  readonly config: Config;
  readonly own: Omit<AskBootRoleOptions["own"], "announceHost">;
}

/** Creates the question to the sentinels in which role Redis is to be; `undefined` where none are configured. */
export function createAskSentinels({ config, own, connect }: SentinelDeps) {
  const { sentinels, redis } = config;
  if (sentinels === undefined) return undefined;
  const { addresses, primaryName, passwordFile, resolveTimeoutMs, patience } = sentinels;
  const options = {
    sentinels: addresses,
    primaryName,
    resolveHost: createResolveHost({ timeoutMs: resolveTimeoutMs }),
    connectToSentinel: (address: (typeof addresses)[number]) =>
      createRedisConnection({ ...address, ...patience, passwordFile, tlsDir: redis.tlsDir }),
    connect,
    own: { ...own, announceHost: redis.announceHost },
    redisPort: redis.port,
  };
  return () => askBootRole(options);
}
