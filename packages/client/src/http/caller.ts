import { defaultTimeoutMs, maxReplyBytes, requireTimeout } from "../limits.ts";
import { type ManagerAddress, toBaseUrl } from "./base-url.ts";
import { createAuthorization, type Token } from "./authorization.ts";
import { runWithDeadline } from "./deadline.ts";
import { exchange, type Fetch, type ManagerRequest, type Method, type Reply } from "./exchange.ts";

/** What every client needs to know of its manager. */
export interface ClientOptions extends ManagerAddress {
  /**
   * How long a call may take from its first byte to the last of the reply, in milliseconds. Default 10,000;
   * a call can have its own.
   */
  readonly timeoutMs?: number | undefined;
  /** What the manager's `API_TOKEN_FILE` holds; a function is asked anew for each call. Over plain HTTP everybody on the way can read it. */
  readonly token?: Token | undefined;
  /** Default: the platform's. One of your own can show a client certificate. */
  readonly fetch?: Fetch | undefined;
}

/** What one call may have of its own. */
export interface CallOptions {
  /** As in {@link ClientOptions}, for this call alone. */
  readonly timeoutMs?: number | undefined;
  /** Ends the call with a `CallAbortedError`. */
  readonly signal?: AbortSignal | undefined;
}

/** One call: a route of the contract and what goes with it. */
export interface Call {
  readonly route: { readonly method: Method; readonly path: string };
  /** Takes the place of `:name` in the path. */
  readonly name?: string;
  readonly query?: Readonly<Record<string, string | number>>;
  /** Media type of the wanted reply. */
  readonly accept: string;
  /** How the request is preferred to be handled (RFC 7240). */
  readonly prefer?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly maxReplyBytes?: number;
  /** In place of the client's, where neither is the caller's own. */
  readonly timeoutMs?: number;
}

/** Makes one call and returns its reply, whatever its status. Throws as `exchange` and `runWithDeadline` do. */
export type Caller = (call: Call, options?: CallOptions) => Promise<Reply>;

/** Creates the way to one manager. @throws TypeError, RangeError for an option that is out of bounds. */
export function createCaller(options: ClientOptions): Caller {
  const baseUrl = toBaseUrl(options);
  const clientTimeoutMs = requireTimeout(options.timeoutMs ?? defaultTimeoutMs);
  // Looked up on each call, so that a fetch which is replaced later (instrumentation) is the one in use.
  const authorize = createAuthorization(options.token);
  const send: Fetch = options.fetch ?? ((url, init) => fetch(url, init));

  // Options are read one by one, never spread: an AbortController fits them, and its signal is no own property.
  return async (call, { timeoutMs = call.timeoutMs ?? clientTimeoutMs, signal } = {}) => {
    const request = toRequest(baseUrl, call);
    const work = async (deadline: AbortSignal) =>
      exchange(send, { request, authorization: await authorize(request), signal: deadline });
    return runWithDeadline(work, { call: request, timeoutMs: requireTimeout(timeoutMs), signal });
  };
}

function toRequest(baseUrl: string, call: Call): ManagerRequest {
  const { route, name = "", query = {}, accept, prefer, body } = call;
  // A value that is undefined against its type is sent as such and refused: left out, a precondition would be lost.
  const search = new URLSearchParams();
  for (const [field, value] of Object.entries(query)) search.set(field, String(value));
  const path = route.path.replace(":name", encodeURIComponent(name));
  return {
    method: route.method,
    url: `${baseUrl}${path}${search.size === 0 ? "" : `?${search.toString()}`}`,
    accept,
    ...(prefer !== undefined && { prefer }),
    ...(body !== undefined && { body: JSON.stringify(body) }),
    maxReplyBytes: call.maxReplyBytes ?? maxReplyBytes,
  };
}
