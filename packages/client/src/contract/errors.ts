import * as z from "zod";

/** What a caller needs to know about one error code. */
interface ErrorCodeEntry {
  /** What happened. */
  readonly meaning: string;
  /** What the caller, or the person who reads its log, does about it. */
  readonly action: string;
  /** Whether the same call can succeed later although nobody changed anything. */
  readonly isTransient: boolean;
}

/**
 * Every `code` that an error body of this version can hold. Codes are added, never renamed; a caller has to
 * expect some that it doesn't know.
 */
export const errorCodes = {
  INVALID_REQUEST: {
    meaning: "The body or a query parameter breaks the contract; the message names it.",
    action: "Correct the request. Nothing was done.",
    isTransient: false,
  },
  PAYLOAD_TOO_LARGE: {
    meaning: "The request body is larger than the manager accepts.",
    action: "Correct the request. Nothing was done.",
    isTransient: false,
  },
  NOT_FOUND: {
    meaning: "The manager has no such path.",
    action: "Check the path, and whether the pod is a data pod or a sentinel pod.",
    isTransient: false,
  },
  METHOD_NOT_ALLOWED: {
    meaning: "The path exists, but not with this method; the `Allow` header names those that do.",
    action: "Correct the request.",
    isTransient: false,
  },
  UNAUTHORIZED: {
    meaning: "The caller showed no credentials that the manager accepts.",
    action: "Send the token of `API_TOKEN_FILE`, or a client certificate. Nothing was done.",
    isTransient: false,
  },
  INTERNAL: {
    meaning: "The manager failed in a way that it has no code for.",
    action: "Read the manager's log: the entry of this request holds the stack.",
    isTransient: false,
  },
  REDIS_UNREACHABLE: {
    meaning: "No connection to the Redis beside the manager, or it was lost.",
    action: "Ask again. If it lasts, look at the pod: redis-server is starting, stopped or has crashed.",
    isTransient: true,
  },
  REDIS_TIMED_OUT: {
    meaning: "Redis took the connection but did not answer in time.",
    action: "Ask again. If it lasts, look for slow commands, a stopped process or an overloaded node.",
    isTransient: true,
  },
  REDIS_LOADING: {
    meaning: "Redis is loading its data set into memory.",
    action: "Ask again; a large data set takes minutes.",
    isTransient: true,
  },
  REDIS_BUSY: {
    meaning: "A script or function has held Redis for longer than its `busy-reply-threshold`.",
    action: "Ask again; `SCRIPT KILL` or `FUNCTION KILL` ends one that has not written yet.",
    isTransient: true,
  },
  REDIS_AUTH_FAILED: {
    meaning: "Redis refused the manager's password, or the user may not run the command.",
    action: "Compare the projected password with the one that Redis runs with, and the user's ACL.",
    isTransient: false,
  },
  REDIS_COMMAND_FAILED: {
    meaning: "Redis answered a command with an error; the message holds it.",
    action: "Act on Redis' own words.",
    isTransient: false,
  },
  REDIS_REPLY_INVALID: {
    meaning: "Redis' reply lacks a field or holds a value that cannot be read.",
    action: "Check that the server is a supported version of Redis or Valkey.",
    isTransient: false,
  },
  PROMOTE_FAILED: {
    meaning:
      "The instance is not a primary after the attempt to promote it, or the message calls the outcome unknown.",
    action: "Read the status, then promote again or choose another candidate.",
    isTransient: false,
  },
  PROMOTE_UNSAFE: {
    meaning:
      "The instance is loading, in the middle of a sync, never finished one, or is fenced; the message says which.",
    action:
      "Promote another instance, or wait until it is in sync. `force` promotes it with the data that it holds. Nothing was done.",
    isTransient: false,
  },
  DEMOTE_FAILED: {
    meaning:
      "The instance does not follow the given primary after the attempt, or the message calls the outcome unknown.",
    action: "Read the status, then demote again.",
    isTransient: false,
  },
  DEMOTE_TARGET_IS_SELF: {
    meaning: "The address that the instance was told to follow is its own.",
    action: "Correct the address. Nothing was done.",
    isTransient: false,
  },
  DEMOTE_TARGET_NOT_PRIMARY: {
    meaning: "The instance that was to be followed answers as a replica itself, of this one or of a third.",
    action: "Promote the target first, or name the primary. `force` skips the check. Nothing was done.",
    isTransient: false,
  },
  PRECONDITION_UNMET: {
    meaning: "A precondition of the request does not hold; the message says which.",
    action: "Decide anew from a fresh status. Nothing was done.",
    isTransient: false,
  },
  ROLE_CHANGE_IN_PROGRESS: {
    meaning: "The request waited for another change of the role to end, in vain; the message names it.",
    action: "Read the status, then decide anew. Nothing was done.",
    isTransient: true,
  },
  INSTANCE_FENCED: {
    meaning:
      "The instance is fenced: its Redis is kept down until `redis.io/fencedInstances` names it no more.",
    action: "Lift the fence first. Nothing was done.",
    isTransient: false,
  },
  SNAPSHOT_FAILED: {
    meaning: "`BGSAVE` did not end in a good RDB file.",
    action: "Read Redis' log: most often the disk is full or memory does not suffice to fork.",
    isTransient: false,
  },
  AOF_DISABLED: {
    meaning: "An AOF backup was asked of a Redis that writes no append-only directory.",
    action: "Set `appendonly yes` (Redis 7.0 or later), or back up with the method `rdb`.",
    isTransient: false,
  },
  AOF_REWRITE_FAILED: {
    meaning: "`BGREWRITEAOF` did not end in a good append-only directory.",
    action: "Read Redis' log: most often the disk is full or memory does not suffice to fork.",
    isTransient: false,
  },
  BACKUP_IN_PROGRESS: {
    meaning: "A backup of this instance, or a prune, is running; the message names it.",
    action: "Wait for it to end, then ask again.",
    isTransient: true,
  },
  BACKUP_CREDENTIALS_INVALID: {
    meaning: "The credential files cannot be read or hold half a pair.",
    action: "Correct the secret that is mounted at `/backup-credentials`.",
    isTransient: false,
  },
  ARTIFACT_FAILED: {
    meaning: "The file to be uploaded could not be read or packed as a whole.",
    action: "Back up again; if it repeats, check the data volume.",
    isTransient: false,
  },
  UPLOAD_FAILED: {
    meaning: "The object store refused the upload or could not be reached; nothing was stored.",
    action: "Check bucket, endpoint, region and permissions; the message holds the store's answer.",
    isTransient: false,
  },
  BACKUP_ABORTED: {
    meaning: "The backup was stopped before its end, as when the pod shuts down; nothing was stored.",
    action: "Back up again.",
    isTransient: true,
  },
  BACKUP_PROCESS_DIED: {
    meaning:
      "The process that made the backup ended before it had said how the backup went; nothing was stored.",
    action:
      "Read the manager's log for how it ended; most often the pod's memory limit is too low. Back up again.",
    isTransient: true,
  },
  BACKUP_METADATA_INVALID: {
    meaning:
      "The object that describes a backup can't be read, so nothing proves that the backup is complete.",
    action: "Use another backup, or check what was written to the bucket beside the manager.",
    isTransient: false,
  },
  BACKUP_NOT_FOUND: {
    meaning: "The manager has made no backup of this name since it started, or a hundred others since.",
    action: "Look for the backup's metadata in the bucket, or back up again.",
    isTransient: false,
  },
  DESTINATION_NOT_ALLOWED: {
    meaning: "The manager's configuration does not allow backups at this destination.",
    action: "Correct the destination, or `BACKUP_ALLOWED_DESTINATIONS`. Nothing was done.",
    isTransient: false,
  },
  PRUNE_FAILED: {
    meaning: "Old backups could not be listed or deleted; the message says how far it came.",
    action: "Check endpoint and permissions (list, read, delete), then prune again.",
    isTransient: false,
  },
  RESTORE_SOURCE_INCOMPLETE: {
    meaning:
      "There is no backup at the place named, or its metadata is missing, so that it may be incomplete.",
    action: "Check bucket and key; restore from a backup that has its metadata beside it.",
    isTransient: false,
  },
  RESTORE_DOWNLOAD_FAILED: {
    meaning: "The backup could not be read from the store; the data directory is as it was.",
    action:
      "Check bucket, endpoint, region and permissions; the message holds the store's answer. Restore again.",
    isTransient: false,
  },
  RESTORE_ARTIFACT_INVALID: {
    meaning: "What was downloaded is not the backup that its metadata describes, or Redis could not load it.",
    action: "Restore again; if it repeats, use another backup. The data directory is as it was.",
    isTransient: false,
  },
  RESTORE_VERIFY_FAILED: {
    meaning:
      "A Redis that was started on the backup does not hold the keys that it should, or did not load it.",
    action: "Compare the counts in the message; use another backup. The data directory is as it was.",
    isTransient: false,
  },
  RESTORE_DATA_EXISTS: {
    meaning: "The data directory already holds data of a Redis.",
    action: "Restore into an empty one, or with `--force`, which moves what is there aside.",
    isTransient: false,
  },
  RESTORE_DATA_IN_USE: {
    meaning: "A Redis or another restore is running on the data directory.",
    action: "Stop it first. Nothing was done.",
    isTransient: true,
  },
  RESTORE_NO_SPACE: {
    meaning: "The data volume has too little space for the backup.",
    action: "Enlarge the volume, or remove what is not needed on it, then restore again.",
    isTransient: false,
  },
  RESTORE_PLACEMENT_FAILED: {
    meaning: "Reading or writing the data directory failed.",
    action: "Check the volume and its permissions, then restore again: it goes on where it was cut off.",
    isTransient: false,
  },
  RESTORE_ABORTED: {
    meaning: "The restore was stopped before anything was placed; the data directory is as it was.",
    action: "Restore again.",
    isTransient: true,
  },
  KUBERNETES_UNREACHABLE: {
    meaning: "The Kubernetes API server did not answer.",
    action: "Ask again. If it lasts, check the network and the API server.",
    isTransient: true,
  },
  KUBERNETES_REFUSED: {
    meaning: "The Kubernetes API server refused a read.",
    action: "Check the service account's role.",
    isTransient: false,
  },
  KUBERNETES_REPLY_INVALID: {
    meaning: "An object of the Kubernetes API does not have the expected form.",
    action: "Check that the RedisCluster fits the version of its custom resource definition.",
    isTransient: false,
  },
  PROCESS_START_FAILED: {
    meaning: "redis-server or redis-sentinel could not be started.",
    action: "Check the image and `REDIS_BINARY`.",
    isTransient: false,
  },
  PROCESS_ENDED: {
    meaning: "redis-server ended though nobody asked it to, and the manager ended with it.",
    action: "Read the manager's log: the message holds the exit code or signal, and what Redis wrote last.",
    isTransient: true,
  },
  REDIS_CONFIG_INVALID: {
    meaning: "The configuration asks for a directive that the manager owns or that cannot be written.",
    action: "Correct `spec.redis` or the file of `REDIS_CONFIG_FILE`; the message names the directive.",
    isTransient: false,
  },
} as const satisfies Readonly<Record<string, ErrorCodeEntry>>;

/** A code that this version of the contract knows. */
export type ErrorCode = keyof typeof errorCodes;

/** Tells whether a code is one that this version of the contract knows. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}

/** The body of every 4xx and 5xx reply, the two probes apart. Any code is accepted: newer managers have more. */
export const errorBodySchema = z.object({
  /** What went wrong. */
  error: z.object({
    /** Stable, for programs. */
    code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
    /** What was attempted, on what, and why it failed, for people. */
    message: z.string(),
    /** The id under which the manager's log has the request: the caller's `X-Request-Id`, or a new one. Writes have one. */
    requestId: z.string().exactOptional(),
  }),
});
