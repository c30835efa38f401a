import { isInstanceError } from "../errors.ts";
import type { KubernetesApi } from "../kubernetes/api.ts";
import { readDataPods } from "../kubernetes/data-pods.ts";
import { type ClusterName, readRedisCluster } from "../kubernetes/redis-cluster.ts";
import type { Logger } from "../logger.ts";
import { type BootRole, decideBootRole } from "./boot-role.ts";

/** How a Redis is to be started. */
export interface BootPlan {
  readonly boot: BootRole;
  /** `spec.redis`: directives of redis.conf. */
  readonly directives: Readonly<Record<string, string>>;
}

/** What {@link readBootPlan} needs. */
export interface BootPlanOptions {
  readonly cluster: ClusterName;
  readonly ownPod: string;
  /** The port of Redis in every pod. */
  readonly redisPort: number;
  /** For each of the reads. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** How a Redis starts of which Kubernetes says nothing. */
export const unassignedBootPlan: BootPlan = { boot: { role: "unassigned" }, directives: {} };

/**
 * Reads from Kubernetes as what this Redis starts and with which directives.
 *
 * What can't be read is logged and leaves the role unassigned: an instance that didn't start because the API server is
 * away would turn its outage into one of Redis.
 */
export async function readBootPlan(api: KubernetesApi, options: BootPlanOptions): Promise<BootPlan> {
  const { cluster, ownPod, redisPort, timeoutMs, signal, logger } = options;
  try {
    const deadline = { timeoutMs, signal };
    const [{ spec, status }, pods] = await Promise.all([
      readRedisCluster(api, cluster, deadline),
      readDataPods(api, cluster, deadline),
    ]);
    const boot = decideBootRole({ currentPrimary: status.currentPrimary, ownPod, pods, redisPort });
    logger.info({ boot, currentPrimary: status.currentPrimary }, "boot role read from the RedisCluster");
    return { boot, directives: spec.redis };
  } catch (error) {
    if (!isInstanceError(error)) throw error;
    logger.warn({ err: error }, "reading the boot role from Kubernetes failed: starting without one");
    return unassignedBootPlan;
  }
}
