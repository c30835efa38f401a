import type { Logger } from "@redis-operator/core/logger";
import {
  createAttachedProcess,
  createProcessTable,
  isPortRefused,
  readProcessId,
  type RedisProcess,
  startRedisServer,
  type SupervisedProcess,
} from "@redis-operator/core/process";
import type { RedisConnection } from "@redis-operator/core/redis";
import { readBootPlan, unassignedBootPlan } from "@redis-operator/core/replication";
import type { Config } from "./config.ts";
import type { PodCluster } from "./kubernetes.ts";

/** What {@link superviseRedis} needs. */
export interface SuperviseDeps {
  readonly config: Config;
  readonly podCluster: PodCluster | undefined;
  /** How this pod can be named as the primary. */
  readonly own: { readonly podName: string; readonly ipAddresses: readonly string[] };
  /** To the Redis that is started. */
  readonly connection: RedisConnection;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Starts redis-server as a child, in the role that the RedisCluster has for this pod.
 *
 * @throws `signal`'s reason if that aborts before the role is known: a Redis without its role would be a primary.
 */
export async function superviseRedis(deps: SuperviseDeps): Promise<SupervisedProcess> {
  const { config, podCluster, own, connection, signal, logger } = deps;
  const { redis, pod } = config;
  const plan =
    podCluster === undefined
      ? unassignedBootPlan
      : await readBootPlan(podCluster.api, {
          cluster: podCluster.cluster,
          own,
          redisPort: redis.port,
          timeoutMs: config.clusterView.requestTimeoutMs,
          signal,
          logger,
        });
  signal.throwIfAborted();
  return startRedisServer({
    binary: redis.binary,
    passwordFile: redis.passwordFile,
    config: {
      port: redis.port,
      dir: redis.dataDir,
      tlsDir: redis.tlsDir,
      announceIp: pod.ip,
      replicaOf: plan.boot.role === "replica" ? plan.boot.primary : undefined,
      directives: plan.directives,
      includeFile: redis.userConfigFile,
    },
    redis: connection,
    logger,
  });
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
