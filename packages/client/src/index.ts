export type {
  BackupRequest,
  BackupResult,
  DemoteTarget,
  ErrorCode,
  InstanceStatus,
  LivenessReport,
  PrimaryStatus,
  PromotePreconditions,
  Replica,
  ReplicaStatus,
} from "./contract/index.ts";
export {
  CallAbortedError,
  ManagerError,
  ManagerRefusedError,
  ManagerTimedOutError,
  ManagerUnreachableError,
  ReplyNotUnderstoodError,
} from "./errors.ts";
export type { CallOptions, ClientOptions } from "./http/caller.ts";
export type { Fetch, FetchInit, FetchReply } from "./http/exchange.ts";
export { createInstanceClient, type InstanceClient, type InstanceClientOptions } from "./instance-client.ts";
export { defaultBackupTimeoutMs, defaultTimeoutMs } from "./limits.ts";
export type { ProbeAnswer } from "./probe.ts";
export { createSentinelClient, type SentinelClient } from "./sentinel-client.ts";
