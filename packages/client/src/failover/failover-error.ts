/** Why a plan was stopped, where it wasn't a call that failed. */
export type FailoverErrorCode =
  /** Another plan is under way, or another primary was named. */
  | "PLAN_SUPERSEDED"
  /** What a step waits for didn't come in time; the message says how it stood last. */
  | "STEP_TIMED_OUT"
  /** The caller's signal. */
  | "PLAN_ABORTED";

/** A plan that was stopped. Failed calls to a manager are `ManagerError`s, those of the caller's own ports whatever these throw. */
export class FailoverError extends Error {
  override readonly name = "FailoverError";
  readonly code: FailoverErrorCode;

  constructor(code: FailoverErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
