import type { ErrorCode } from "@redis-operator/client/contract";
import { type InstanceErrorCode, isInstanceError } from "@redis-operator/core/errors";
import { type ErrorReply, serverErrorStatuses } from "@redis-operator/server";
import { RequestError, requestErrorStatuses } from "./request-error.ts";

/** The status of every code that core throws. A code that is new there doesn't compile until it stands here. */
const statusOfCode = {
  REDIS_UNREACHABLE: 503,
  REDIS_TIMED_OUT: 503,
  REDIS_LOADING: 503,
  REDIS_BUSY: 503,
  REDIS_AUTH_FAILED: 503,
  REDIS_COMMAND_FAILED: 500,
  REDIS_REPLY_INVALID: 500,
  PROMOTE_FAILED: 500,
  PROMOTE_UNSAFE: 412,
  DEMOTE_FAILED: 500,
  DEMOTE_TARGET_IS_SELF: 400,
  DEMOTE_TARGET_NOT_PRIMARY: 412,
  PRECONDITION_UNMET: 412,
  ROLE_CHANGE_IN_PROGRESS: 409,
  INSTANCE_FENCED: 409,
  SNAPSHOT_FAILED: 500,
  AOF_DISABLED: 500,
  AOF_REWRITE_FAILED: 500,
  BACKUP_IN_PROGRESS: 409,
  BACKUP_CREDENTIALS_INVALID: 500,
  ARTIFACT_FAILED: 500,
  UPLOAD_FAILED: 500,
  BACKUP_ABORTED: 500,
  BACKUP_PROCESS_DIED: 500,
  BACKUP_METADATA_INVALID: 500,
  BACKUP_NOT_FOUND: 404,
  DESTINATION_NOT_ALLOWED: 403,
  PRUNE_FAILED: 500,
  RESTORE_SOURCE_INCOMPLETE: 500,
  RESTORE_DOWNLOAD_FAILED: 500,
  RESTORE_ARTIFACT_INVALID: 500,
  RESTORE_VERIFY_FAILED: 500,
  RESTORE_DATA_EXISTS: 500,
  RESTORE_DATA_IN_USE: 500,
  RESTORE_NO_SPACE: 500,
  RESTORE_PLACEMENT_FAILED: 500,
  RESTORE_ABORTED: 500,
  KUBERNETES_UNREACHABLE: 500,
  KUBERNETES_REFUSED: 500,
  KUBERNETES_REPLY_INVALID: 500,
  PROCESS_START_FAILED: 500,
  PROCESS_ENDED: 500,
  REDIS_CONFIG_INVALID: 500,
} as const satisfies Record<InstanceErrorCode, number>;

/** The status of every code of the contract, for the API's description. A route of its own may choose another. */
export const errorStatuses = {
  ...serverErrorStatuses,
  ...requestErrorStatuses,
  ...statusOfCode,
} as const satisfies Record<ErrorCode, number>;

/** The reply to what a route threw; `undefined` for a defect, whose text stays in the log. */
export function toErrorReply(error: Error): ErrorReply | undefined {
  if (error instanceof RequestError) return error.reply;
  if (!isInstanceError(error)) return undefined;
  // The contract lists every code that core can throw; this line doesn't compile otherwise.
  const code: ErrorCode = error.code;
  return { status: statusOfCode[error.code], code, message: error.message };
}
