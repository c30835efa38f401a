export type { Backups } from "./backups.ts";
export type {
  BackupJob,
  BackupProgress,
  BackupRequest,
  BackupResult,
  DemoteRequest,
  ErrorCode,
  FailsafeView,
  InstanceStatus,
  LivenessReport,
  PrimaryStatus,
  PromoteRequest,
  PruneRequest,
  PruneResult,
  Replica,
  ReplicaStatus,
} from "./contract/index.ts";
export {
  BackupFailedError,
  CallAbortedError,
  InvalidTargetError,
  ManagerError,
  ManagerRefusedError,
  ManagerTimedOutError,
  ManagerUnreachableError,
  ManagerUntrustedError,
  ReplyNotUnderstoodError,
  TokenUnavailableError,
} from "./errors.ts";
export {
  pollStatuses,
  type StatusPoll,
  type StatusPollOptions,
  type StatusPollResult,
} from "./fleet/poll-statuses.ts";
export type { Token } from "./http/authorization.ts";
export type { ManagerAddress } from "./http/base-url.ts";
export type {
  CallOptions,
  ClientOptions,
  RepeatableCallOptions,
  RetryOptions,
  SharedOptions,
} from "./http/call-options.ts";
export type { Fetch, FetchInit, FetchReply, Method } from "./http/exchange.ts";
export { createInstanceClient, type InstanceClient, type InstanceClientOptions } from "./instance-client.ts";
export {
  defaultBackupTimeoutMs,
  defaultPollConcurrency,
  defaultRetries,
  defaultTimeoutMs,
} from "./limits.ts";
export type { ProbeAnswer } from "./probe.ts";
export type { BackupOptions } from "./run-backup.ts";
export { createSentinelClient, type SentinelClient } from "./sentinel-client.ts";
