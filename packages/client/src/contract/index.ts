export {
  asyncPreference,
  backupNameSchema,
  backupQuerySchema,
  backupRequestSchema,
  backupResultSchema,
  type ParsedBackupRequest,
} from "./backup.ts";
export { backupJobListSchema, backupJobParamsSchema, backupJobSchema } from "./backup-job.ts";
export { errorBodySchema, type ErrorCode, errorCodes, isErrorCode } from "./errors.ts";
export { failsafeViewSchema } from "./failsafe.ts";
export { describeIssues } from "./issues.ts";
export { livenessReportSchema } from "./liveness.ts";
export { pruneRequestSchema, pruneResultSchema } from "./prune.ts";
export { demoteQuerySchema, promoteQuerySchema } from "./replication-queries.ts";
export { defaultManagerPort, defaultRedisPort, routes, successTexts } from "./routes.ts";
export { s3DestinationSchema } from "./s3-destination.ts";
export { instanceStatusSchema } from "./status.ts";
export type {
  BackupJob,
  BackupJobList,
  BackupProgress,
  BackupRequest,
  BackupResult,
  DemoteRequest,
  ErrorBody,
  FailsafeView,
  InstanceStatus,
  LivenessReport,
  PrimaryStatus,
  PromoteRequest,
  PruneRequest,
  PruneResult,
  Replica,
  ReplicaStatus,
} from "./types.ts";
