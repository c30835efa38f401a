/**
 * Everything that can go wrong in core, as stable codes. A code is part of the wire contract: it may be added,
 * never renamed. Each app maps every code to an HTTP status in one table.
 */
export type InstanceErrorCode =
  // redis/
  | "REDIS_UNREACHABLE"
  | "REDIS_TIMED_OUT"
  | "REDIS_LOADING"
  | "REDIS_BUSY"
  | "REDIS_AUTH_FAILED"
  | "REDIS_COMMAND_FAILED"
  | "REDIS_REPLY_INVALID"
  // replication/
  | "PROMOTE_FAILED"
  | "PROMOTE_UNSAFE"
  | "DEMOTE_FAILED"
  | "DEMOTE_TARGET_IS_SELF"
  | "DEMOTE_TARGET_NOT_PRIMARY"
  | "PRECONDITION_UNMET"
  | "ROLE_CHANGE_IN_PROGRESS"
  | "INSTANCE_FENCED"
  // persistence/
  | "SNAPSHOT_FAILED"
  | "AOF_DISABLED"
  | "AOF_REWRITE_FAILED"
  // backup/
  | "BACKUP_IN_PROGRESS"
  | "BACKUP_CREDENTIALS_INVALID"
  | "ARTIFACT_FAILED"
  | "UPLOAD_FAILED"
  | "BACKUP_ABORTED"
  | "BACKUP_PROCESS_DIED"
  | "BACKUP_METADATA_INVALID"
  | "BACKUP_NOT_FOUND"
  | "DESTINATION_NOT_ALLOWED"
  | "PRUNE_FAILED"
  // restore/
  | "RESTORE_SOURCE_INCOMPLETE"
  | "RESTORE_DOWNLOAD_FAILED"
  | "RESTORE_ARTIFACT_INVALID"
  | "RESTORE_VERIFY_FAILED"
  | "RESTORE_DATA_EXISTS"
  | "RESTORE_DATA_IN_USE"
  | "RESTORE_NO_SPACE"
  | "RESTORE_PLACEMENT_FAILED"
  | "RESTORE_ABORTED"
  // kubernetes/
  | "KUBERNETES_UNREACHABLE"
  | "KUBERNETES_REFUSED"
  | "KUBERNETES_REPLY_INVALID"
  // process/
  | "PROCESS_START_FAILED"
  | "PROCESS_ENDED"
  | "REDIS_CONFIG_INVALID";

/**
 * The one error type of core. The message says what was attempted, on what, and why it failed; it is sent to
 * callers and logged, so it never holds a secret.
 */
export class InstanceError extends Error {
  override readonly name = "InstanceError";
  readonly code: InstanceErrorCode;

  constructor(code: InstanceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Tells whether a caught value is an {@link InstanceError}.
 *
 * By name, not by `instanceof`: the apps load the backup bundle separately, and that bundle has its own copy of
 * the class.
 */
export function isInstanceError(error: unknown): error is InstanceError {
  return error instanceof Error && error.name === "InstanceError" && "code" in error;
}

/** The text of a caught value, for use as the "why" at the end of a message. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A failed dual-stack connect is an AggregateError whose own message is empty; its parts say why.
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map(describeError).join("; ");
  }
  return error.message === "" ? error.name : error.message;
}
