export {
  type BlackHole,
  type BlackHoleBehaviour,
  type BlackHoleOptions,
  type BlackHoles,
  startBlackHole,
  startBlackHoles,
} from "./black-hole.ts";
export { createServerCertificate, type ServerCertificate } from "./certificate.ts";
export { type FaultProxy, type FaultProxyOptions, startFaultProxy } from "./fault-proxy.ts";
export { freePort } from "./free-port.ts";
export { startHttpServer } from "./http-server.ts";
export {
  type KubernetesApiMode,
  type KubernetesApiServer,
  type KubernetesApiServerOptions,
  type PodFixture,
  startKubernetesApi,
} from "./kubernetes-api.ts";
export type { Listener } from "./listen.ts";
export { type Manager, type ManagerOptions, nodeEnvironment, nodeFlags, startManager } from "./manager.ts";
export {
  describeNetwork,
  type Network,
  type NetworkHost,
  type NetworkOptions,
  type NetworkPath,
} from "./network.ts";
export { nameNetworkRun, removeStaleNetworks } from "./network-run.ts";
export { type ObjectStore, startObjectStore } from "./object-store.ts";
export {
  type ProcessExit,
  type RunningProcess,
  type RunningProcessOptions,
  startProcess,
} from "./process.ts";
export {
  countDescriptors,
  listChildren,
  listTree,
  readAnonymousMb,
  readCpuSeconds,
  readProcessMemory,
  readProcessState,
  readTreeMemory,
  type TreeMemory,
} from "./process-tree.ts";
export { createRandom, type Random } from "./random.ts";
export {
  type ClusterPod,
  type RedisClusterOnHost,
  type RedisClusterOptions,
  startRedisCluster,
} from "./redis-cluster.ts";
export { type RedisServer, type RedisServerOptions, startRedisServer } from "./redis-server.ts";
export { findRuntimes, type Runtime } from "./runtimes.ts";
export { connectThroughSentinels } from "./sentinel-client.ts";
export { type Sentinel, type SentinelOptions, startSentinel } from "./sentinel-server.ts";
export { type SigningObjectStore, startSigningObjectStore } from "./signing-object-store.ts";
export {
  startStoreProxy,
  type StoreProxy,
  type StoreProxyOptions,
  type StoreRequest,
  type Treatment,
} from "./store-proxy.ts";
export { createTemporaryDirectory, type TemporaryDirectory } from "./temporary-directory.ts";
export { Hopeless, waitFor, type WaitForOptions } from "./wait-for.ts";
export {
  type AcknowledgedWrite,
  startWriter,
  type WritablePlace,
  type Writer,
  type WriterOptions,
} from "./writer.ts";
