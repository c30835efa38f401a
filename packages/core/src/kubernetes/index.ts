export { createKubernetesApi, type KubernetesApi } from "./api.ts";
export { parseDuration } from "./duration.ts";
export { type ApiServerAddress, probeApiServer } from "./probe.ts";
export type { ClusterName } from "./redis-cluster.ts";
export { readNamespace } from "./service-account.ts";
