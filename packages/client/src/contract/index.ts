export {
  asyncPreference,
  backupNameSchema,
  backupQuerySchema,
  type BackupRequest,
  backupRequestSchema,
  type BackupResult,
  backupResultSchema,
  type ParsedBackupRequest,
} from "./backup.ts";
export {
  type BackupJob,
  type BackupJobList,
  backupJobListSchema,
  backupJobParamsSchema,
  backupJobSchema,
  type BackupProgress,
} from "./backup-job.ts";
export { type ErrorBody, errorBodySchema, type ErrorCode, errorCodes, isErrorCode } from "./errors.ts";
export { type FailsafeView, failsafeViewSchema } from "./failsafe.ts";
export { describeIssues } from "./issues.ts";
export { type LivenessReport, livenessReportSchema } from "./liveness.ts";
export { type PruneRequest, pruneRequestSchema, type PruneResult, pruneResultSchema } from "./prune.ts";
export {
  type DemoteRequest,
  demoteQuerySchema,
  type PromoteRequest,
  promoteQuerySchema,
} from "./replication-queries.ts";
export { defaultManagerPort, defaultRedisPort, routes, successTexts } from "./routes.ts";
export { s3DestinationSchema } from "./s3-destination.ts";
export {
  type InstanceStatus,
  instanceStatusSchema,
  type PrimaryStatus,
  type Replica,
  type ReplicaStatus,
} from "./status.ts";
