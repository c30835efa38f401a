import { createInstance, findPeerWithData, type Instance } from "@redis-operator/core/instance";
import type { ClusterObserver } from "@redis-operator/core/kubernetes";
import type { Logger } from "@redis-operator/core/logger";
import {
  createAttachedProcess,
  createProcessTable,
  isPortRefused,
  readProcessId,
  type RedisProcess,
  startRedisServer,
  takeDataDirectory,
} from "@redis-operator/core/process";
import { createRedisConnection, type RedisConnection } from "@redis-operator/core/redis";
import { demote, promote, type RoleChanges } from "@redis-operator/core/replication";
import type { Config } from "./config.ts";
import { createAskSentinels } from "./sentinels.ts";

/** What {@link superviseRedis} needs. */
export interface SuperviseDeps {
  readonly config: Config;
  /** Unset: no RedisCluster is asked. */
  readonly observer: ClusterObserver | undefined;
  /** How this pod can be named as the primary. */
  readonly own: { readonly podName: string; readonly ipAddresses: readonly string[] };
  /** To the Redis that is started. */
  readonly redis: RedisConnection;
  readonly roleChanges: RoleChanges;
  readonly logger: Logger;
}

/** Creates the instance whose redis-server is the manager's child. */
export function superviseRedis(deps: SuperviseDeps): Instance {
  const { config, observer, own, redis, roleChanges, logger } = deps;
  const { binary, port, passwordFile, tlsDir, dataDir, stopGraceMs } = config.redis;
  const { peerSearch, ...times } = config.bootRole;
  const ownAddress = { ipAddresses: own.ipAddresses, port };
  const connect = (peer: { readonly host: string; readonly port: number }) =>
    createRedisConnection({ ...peer, passwordFile, tlsDir, ...config.bootRole.peer });
  const { isSelfFencing, pace } = config.isolation;
  // Until the isolation monitor has seen that Redis is a primary, and holds writes itself until its first check. It looks
  // once in an interval, and Redis takes a part of another to answer.
  const firstHoldMs = 2 * pace.lookIntervalMs;
  const change = {
    own: ownAddress,
    isFenced: () => instance.isFenced(),
    readBackTimeoutMs: config.redis.readBackTimeoutMs,
    caller: { caller: "boot role" },
    logger,
  };

  const instance: Instance = createInstance({
    observer,
    configuredPrimary: config.redis.configuredPrimary,
    askSentinels: createAskSentinels({ config, own, connect }),
    own,
    redisPort: port,
    takeDataDirectory: () => takeDataDirectory(dataDir, { binary, graceMs: stopGraceMs, logger }),
    startRedis: ({ replicaOf, directives }) =>
      startRedisServer({
        binary,
        passwordFile,
        aclFile: config.redis.aclFile,
        config: {
          port,
          dir: dataDir,
          tlsDir,
          announceHost: config.redis.announceHost ?? config.pod.ip,
          replicaOf,
          directives,
          includeFile: config.redis.userConfigFile,
        },
        redis,
        logger,
      }),
    redis,
    async promote() {
      if (isSelfFencing) await redis.send(["CLIENT", "PAUSE", String(firstHoldMs), "WRITE"]);
      return promote(redis, { ...change, preconditions: {}, force: false });
    },
    // The cluster has decided whom to follow; that one may not know yet.
    demote: (primary) => demote(redis, { ...change, primary, connect, force: true }),
    findPeerWithData: (peers, { signal }) =>
      findPeerWithData({ ...peerSearch, peers, connect, signal, logger }),
    roleChanges,
    times: { ...times, stopGraceMs },
    logger,
  });
  return instance;
}

/** Attaches to a redis-server that something else started. */
export function attachToRedis(options: Config["redis"], redis: RedisConnection): RedisProcess {
  return createAttachedProcess({
    binary: options.binary,
    processTable: createProcessTable(),
    readProcessId: () => readProcessId(redis),
    isPortRefused: () =>
      isPortRefused({ host: options.host, port: options.port, timeoutMs: options.probe.connectTimeoutMs }),
  });
}
