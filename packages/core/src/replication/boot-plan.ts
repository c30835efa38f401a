import { type InstanceErrorCode, isInstanceError } from "../errors.ts";
import type { ExchangeOptions } from "../http-exchange.ts";
import type { KubernetesApi } from "../kubernetes/api.ts";
import { type DataPod, readDataPods } from "../kubernetes/data-pods.ts";
import { type ClusterName, parseBootSpec, readRedisCluster } from "../kubernetes/redis-cluster.ts";
import type { Logger } from "../logger.ts";
import { type BootObservation, type BootRole, decideBootRole } from "./boot-role.ts";

/** How a Redis is to be started. */
export interface BootPlan {
  readonly boot: BootRole;
  /** `spec.redis`: directives of redis.conf. */
  readonly directives: Readonly<Record<string, string>>;
}

/** What {@link readBootPlan} needs. */
export interface BootPlanOptions extends Pick<BootObservation, "own" | "redisPort"> {
  readonly cluster: ClusterName;
  /** For each of the reads, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** How a Redis starts of which Kubernetes says nothing. */
export const unassignedBootPlan: BootPlan = { boot: { role: "unassigned" }, directives: {} };

const unreadCodes: ReadonlySet<InstanceErrorCode> = new Set(["KUBERNETES_UNREACHABLE", "KUBERNETES_REFUSED"]);

/**
 * Reads from Kubernetes as what this Redis starts and with which directives.
 *
 * A RedisCluster that can't be read is logged and leaves the role unassigned: an instance that didn't start because the
 * API server is away would turn its outage into one of Redis. Pods that can't be read leave only the primary's address
 * unknown.
 *
 * @throws InstanceError `KUBERNETES_REPLY_INVALID` if the RedisCluster was read but says something that doesn't fit:
 * without its directives Redis might look for its data in the wrong place. `signal`'s reason if that aborts.
 */
export async function readBootPlan(api: KubernetesApi, options: BootPlanOptions): Promise<BootPlan> {
  const { cluster, own, redisPort, timeoutMs, signal, logger } = options;
  const deadline = { timeoutMs, signal };
  try {
    const [{ currentPrimary, directives }, pods] = await Promise.all([
      readRedisCluster(api, cluster, { ...deadline, parse: parseBootSpec }),
      readPodsOrNone(api, { cluster, logger, ...deadline }),
    ]);
    const boot = decideBootRole({ currentPrimary, pods, own, redisPort });
    logger.info({ currentPrimary, ...boot }, "boot role decided from the RedisCluster");
    return { boot, directives };
  } catch (error) {
    signal.throwIfAborted();
    if (!isInstanceError(error) || !unreadCodes.has(error.code)) throw error;
    logger.warn({ err: error }, "reading the RedisCluster failed: Redis starts without a boot role");
    return unassignedBootPlan;
  }
}

async function readPodsOrNone(
  api: KubernetesApi,
  options: ExchangeOptions & Pick<BootPlanOptions, "cluster" | "logger">,
): Promise<readonly DataPod[]> {
  try {
    return await readDataPods(api, options.cluster, options);
  } catch (error) {
    if (!isInstanceError(error)) throw error;
    options.logger.warn({ err: error }, "reading the pods failed: the primary's address is not known");
    return [];
  }
}
