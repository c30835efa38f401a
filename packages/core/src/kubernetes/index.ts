export { createKubernetesApi, type KubernetesApi, type KubernetesApiOptions } from "./api.ts";
export { parseDuration } from "./duration.ts";
export { type ApiServerAddress, probeApiServer } from "./probe.ts";
export { type ClusterName, readRedisCluster, type RedisCluster } from "./redis-cluster.ts";
export { readNamespace } from "./service-account.ts";
