export { createKubernetesApi } from "./api.ts";
export type { ClusterObserver } from "./cluster-observer.ts";
export { createClusterStateFile } from "./cluster-state-file.ts";
export { createClusterObserver, type ReadingClusterObserver } from "./create-cluster-observer.ts";
export { parseDuration } from "./duration.ts";
export { idleRequestsPerHour, pollRequestsPerHour } from "./observer-pace.ts";
export { type ApiServerAddress, probeApiServer } from "./probe.ts";
export type { ClusterName } from "./redis-cluster.ts";
export { readNamespace } from "./service-account.ts";
