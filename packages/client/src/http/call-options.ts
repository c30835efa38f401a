import type { ManagerError } from "../errors.ts";
import type { Token } from "./authorization.ts";
import type { ManagerAddress } from "./base-url.ts";
import type { Fetch } from "./exchange.ts";

/** How calls that are safe to repeat are repeated: every `GET`, `promote` and `demote`. */
export interface RetryOptions {
  /** How often at the most, after a failure that can pass, within the call's time. Default 2; 0: never. */
  readonly retries?: number | undefined;
  /**
   * How long one attempt may take while another can follow, in milliseconds, so that a connection that has silently
   * died doesn't cost the whole call. Default: two thirds of the call's time.
   */
  readonly attemptTimeoutMs?: number | undefined;
  /**
   * Is told of each failure that is followed by another attempt. `attempt` is the number of the one that failed, from 1.
   * What it throws ends the call.
   */
  readonly onRetry?: ((error: ManagerError, attempt: number) => void) | undefined;
}

/** What one call may have of its own. */
export interface CallOptions {
  /** How long this call may take, repetitions included, in milliseconds. Default: what the client was created with. */
  readonly timeoutMs?: number | undefined;
  /** Ends the call with a `CallAbortedError`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The id under which the manager's log has the call and all that it does (`X-Request-Id`), its repetitions included: 1 to 128
   * printable ASCII characters, such as the id of a reconciliation. Errors bear it as `requestId`. Default: the manager gives each
   * write one.
   */
  readonly requestId?: string | undefined;
}

/** The same for a call that is safe to repeat. */
export interface RepeatableCallOptions extends CallOptions, RetryOptions {}

/** How managers are called, whichever they are. */
export interface SharedOptions extends RetryOptions {
  /**
   * How long a call may take from its first byte to the last of the reply, in milliseconds, its repetitions and the
   * pauses between them included. Default 10,000; a call can have its own.
   */
  readonly timeoutMs?: number | undefined;
  /** What the manager's `API_TOKEN_FILE` holds; a function is asked anew for each attempt. Over plain HTTP everybody on the way can read it. */
  readonly token?: Token | undefined;
  /** Default: the platform's. One of your own can show a client certificate. */
  readonly fetch?: Fetch | undefined;
}

/** What every client needs to know of its manager. */
export interface ClientOptions extends ManagerAddress, SharedOptions {}
