export {
  type BackupRequest,
  backupRequestSchema,
  type BackupResult,
  backupResultSchema,
  type ParsedBackupRequest,
} from "./backup.ts";
export { type ErrorBody, errorBodySchema, type ErrorCode, errorCodes, isErrorCode } from "./errors.ts";
export { describeIssues } from "./issues.ts";
export { type LivenessReport, livenessReportSchema } from "./liveness.ts";
export {
  type DemoteTarget,
  demoteQuerySchema,
  type PromotePreconditions,
  promoteQuerySchema,
} from "./replication-queries.ts";
export { defaultManagerPort, defaultRedisPort, routes, successTexts } from "./routes.ts";
export {
  type InstanceStatus,
  instanceStatusSchema,
  type PrimaryStatus,
  type Replica,
  type ReplicaStatus,
} from "./status.ts";
