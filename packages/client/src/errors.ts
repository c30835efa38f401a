import { type ErrorCode, errorCodes, isErrorCode } from "./contract/errors.ts";
import { describeCause } from "./describe-cause.ts";

// What a proxy in front of a manager, or a manager that is overloaded, answers for a while.
const transientStatuses: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** Why a call failed that no manager refused for a reason of its own. */
type ClientErrorCode =
  | "MANAGER_UNREACHABLE"
  | "MANAGER_UNTRUSTED"
  | "MANAGER_TIMED_OUT"
  | "INVALID_TARGET"
  | "CALL_ABORTED"
  | "TOKEN_UNAVAILABLE"
  | "REFUSED"
  | "REPLY_NOT_UNDERSTOOD";

/** What a call was: for messages, and to tell one failed call from another. */
export interface FailedCall {
  readonly method: string;
  /** The whole URL. It holds no secret: a manager is addressed by host and port alone. */
  readonly url: string;
  /** How many attempts were made, the failed one included. Unset: one. */
  readonly attempts?: number;
  /** The caller's own id of it, or the one that it was answered with. */
  readonly requestId?: string | undefined;
}

/**
 * The base of everything that a call throws. Its message says what was attempted, on what, and why it failed.
 * (A wrong option is a `TypeError` or `RangeError`: no call was made.)
 */
export abstract class ManagerError extends Error {
  /** Stable, for programs: a code of the wire contract, or one of this client's own. Newer managers have more. */
  abstract readonly code: ErrorCode | ClientErrorCode | (string & {});
  /**
   * Whether the same call can succeed later although nobody changed anything. It does not say that the failed
   * one had no effect: a promotion whose reply was lost has happened.
   */
  abstract readonly isTransient: boolean;
  /** The URL that was called. */
  readonly target: string;
  /** The HTTP status, if the manager answered one. */
  readonly status: number | undefined;
  /** How many attempts were made; 0 if the call was ended before its first. */
  readonly attempts: number;
  /** How long the manager, or a proxy before it, asked to wait (`Retry-After`), in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** Under which the manager's log has the request: the call's own id, or the one that the manager answered; writes have one. */
  readonly requestId: string | undefined;

  constructor(message: string, { call, status, retryAfterMs, ...options }: ManagerErrorOptions) {
    super(`${call.method} ${call.url} ${message}`, options);
    this.target = call.url;
    this.status = status;
    this.attempts = call.attempts ?? 1;
    this.retryAfterMs = retryAfterMs;
    this.requestId = call.requestId;
  }

  /** What a log needs of it, without the stack. */
  toJSON(): Readonly<Record<string, string | number | boolean | undefined>> {
    const { name, code, message, target, status, isTransient, attempts, requestId } = this;
    return { name, code, message, target, status, isTransient, attempts, requestId };
  }
}

interface ManagerErrorOptions extends ErrorOptions {
  readonly call: FailedCall;
  readonly status?: number;
  readonly retryAfterMs?: number | undefined;
}

/** No connection to the manager, or it was lost before the reply was complete. */
export class ManagerUnreachableError extends ManagerError {
  override readonly name = "ManagerUnreachableError";
  readonly code = "MANAGER_UNREACHABLE";
  readonly isTransient = true;

  constructor(call: FailedCall, cause: unknown) {
    super(`got no answer: ${describeCause(cause)}`, { call, cause });
  }
}

/** The certificate that was shown in the manager's place isn't trusted, or is another's. Nothing was sent. */
export class ManagerUntrustedError extends ManagerError {
  override readonly name = "ManagerUntrustedError";
  readonly code = "MANAGER_UNTRUSTED";
  readonly isTransient = false;

  constructor(call: FailedCall, cause: unknown) {
    super(`was not sent, for want of trust in the certificate: ${describeCause(cause)}`, { call, cause });
  }
}

/** The reply was not complete within the call's time. */
export class ManagerTimedOutError extends ManagerError {
  override readonly name = "ManagerTimedOutError";
  readonly code = "MANAGER_TIMED_OUT";
  readonly isTransient = true;

  /** @param why - What ran out: `within 5000 ms`. */
  constructor(call: FailedCall, { why, cause }: { why: string; cause?: unknown }) {
    super(`got no complete answer ${why}`, { call, cause });
  }
}

/** The address of a manager can be none: no call was made. `cause` says why. */
export class InvalidTargetError extends ManagerError {
  override readonly name = "InvalidTargetError";
  readonly code = "INVALID_TARGET";
  readonly isTransient = false;

  constructor(call: FailedCall, cause: unknown) {
    super(`was not sent: ${describeCause(cause)}`, { call: { ...call, attempts: 0 }, cause });
  }
}

/** The caller's own signal ended the call. `cause` is the signal's reason. */
export class CallAbortedError extends ManagerError {
  override readonly name = "CallAbortedError";
  readonly code = "CALL_ABORTED";
  readonly isTransient = false;

  constructor(call: FailedCall, cause: unknown) {
    super("was aborted by its caller", { call, cause });
  }
}

/** The caller's own function had no token that can be sent; nothing was. `cause` is what it threw. */
export class TokenUnavailableError extends ManagerError {
  override readonly name = "TokenUnavailableError";
  readonly code = "TOKEN_UNAVAILABLE";
  readonly isTransient = false;

  constructor(call: FailedCall, cause: unknown) {
    super(`was not sent, for want of a token: ${describeCause(cause)}`, { call, cause });
  }
}

interface Refusal {
  readonly status: number;
  readonly code?: string;
  readonly reason?: string;
  readonly retryAfterMs?: number | undefined;
}

/** The manager, or a proxy before it, answered 4xx or 5xx. */
export class ManagerRefusedError extends ManagerError {
  override readonly name = "ManagerRefusedError";
  /** The code of the error body; `REFUSED` if it holds none, as a proxy's page does. Newer managers have more. */
  readonly code: ErrorCode | "REFUSED" | (string & {});
  readonly isTransient: boolean;
  override readonly status: number;
  /** The manager's own message. */
  readonly reason: string | undefined;

  constructor(call: FailedCall, refusal: Refusal) {
    const { status, code = "REFUSED", reason, retryAfterMs } = refusal;
    const label = code === "REFUSED" ? String(status) : `${status} ${code}`;
    super(`was refused with ${label}${reason === undefined ? "" : `: ${reason}`}`, {
      call,
      status,
      retryAfterMs,
    });
    this.code = code;
    this.status = status;
    this.reason = reason;
    this.isTransient = isErrorCode(code) ? errorCodes[code].isTransient : transientStatuses.has(status);
  }
}

/** A backup that had been accepted failed, or was cancelled by somebody else. */
export class BackupFailedError extends ManagerError {
  override readonly name = "BackupFailedError";
  /** As {@link ManagerRefusedError.code}. */
  readonly code: ErrorCode | (string & {});
  readonly isTransient: boolean;
  /** The manager's own message. */
  readonly reason: string;

  constructor(call: FailedCall, { code, reason }: { code: string; reason: string }) {
    super(`was accepted, but the backup failed with ${code}: ${reason}`, { call });
    this.code = code;
    this.reason = reason;
    this.isTransient = isErrorCode(code) && errorCodes[code].isTransient;
  }
}

/** The reply is none that the contract knows: another server answers there, or another version. */
export class ReplyNotUnderstoodError extends ManagerError {
  override readonly name = "ReplyNotUnderstoodError";
  readonly code = "REPLY_NOT_UNDERSTOOD";
  readonly isTransient = false;
  override readonly status: number;

  constructor(call: FailedCall, { status, why, cause }: { status: number; why: string; cause?: unknown }) {
    super(`was answered with ${status} and ${why}`, { call, status, cause });
    this.status = status;
  }
}
