import type { Logger } from "@redis-operator/core/logger";
import {
  type ClusterName,
  createKubernetesApi,
  type KubernetesApi,
  readNamespace,
} from "@redis-operator/core/kubernetes";
import { isInstanceError } from "@redis-operator/core/errors";
import type { Config } from "./config.ts";

/** The API server and the RedisCluster that this pod belongs to. */
export interface PodCluster {
  readonly api: KubernetesApi;
  readonly cluster: ClusterName;
}

/**
 * Finds out which RedisCluster this pod belongs to; `undefined` outside Kubernetes, and where nothing names the
 * cluster or the namespace.
 */
export function findPodCluster({ kubernetes, pod }: Config, logger: Logger): PodCluster | undefined {
  if (kubernetes === undefined) return undefined;
  if (pod.cluster === "") {
    logger.warn({}, "CLUSTER_NAME is not set: boot role, peers and settings are not read from Kubernetes");
    return undefined;
  }
  try {
    const namespace = pod.namespace === "" ? readNamespace(kubernetes.serviceAccountDir) : pod.namespace;
    return { api: createKubernetesApi(kubernetes), cluster: { namespace, name: pod.cluster } };
  } catch (error) {
    if (!isInstanceError(error)) throw error;
    logger.warn({ err: error }, "no namespace is known: the RedisCluster can't be read; set POD_NAMESPACE");
    return undefined;
  }
}
