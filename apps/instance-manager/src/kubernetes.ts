import { isInstanceError } from "@redis-operator/core/errors";
import {
  type ClusterName,
  createClusterObserver,
  createClusterStateFile,
  createKubernetesApi,
  type ReadingClusterObserver,
  readNamespace,
} from "@redis-operator/core/kubernetes";
import type { Logger } from "@redis-operator/core/logger";
import type { Config } from "./config.ts";

/**
 * Creates the observer of the RedisCluster that this pod belongs to; `undefined` outside Kubernetes, and where nothing
 * names the cluster or the namespace.
 */
export function createPodClusterObserver(config: Config, logger: Logger): ReadingClusterObserver | undefined {
  const { kubernetes, clusterObserver } = config;
  const cluster = findOwnCluster(config, logger);
  if (kubernetes === undefined || cluster === undefined) return undefined;
  return createClusterObserver({
    api: createKubernetesApi(kubernetes),
    cluster,
    file: createClusterStateFile(clusterObserver.stateFile, { cluster, logger }),
    pace: clusterObserver.pace,
    logger,
  });
}

function findOwnCluster({ kubernetes, pod }: Config, logger: Logger): ClusterName | undefined {
  if (kubernetes === undefined) return undefined;
  if (pod.cluster === "") {
    logger.warn({}, "CLUSTER_NAME is not set: boot role, peers and settings are not read from Kubernetes");
    return undefined;
  }
  try {
    const namespace = pod.namespace === "" ? readNamespace(kubernetes.serviceAccountDir) : pod.namespace;
    return { namespace, name: pod.cluster };
  } catch (error) {
    if (!isInstanceError(error)) throw error;
    logger.warn({ err: error }, "no namespace is known: the RedisCluster can't be read; set POD_NAMESPACE");
    return undefined;
  }
}
