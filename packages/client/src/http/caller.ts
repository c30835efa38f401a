import {
  defaultRetries,
  defaultTimeoutMs,
  maxReplyBytes,
  requireRetries,
  requireTimeout,
} from "../limits.ts";
import { type RepeatRule, runAttempts } from "./attempts.ts";
import { createAuthorization } from "./authorization.ts";
import { type ManagerAddress, toBaseUrl } from "./base-url.ts";
import type { ClientOptions, RepeatableCallOptions, SharedOptions } from "./call-options.ts";
import { exchange, type Fetch, type ManagerRequest, type Method, type Reply } from "./exchange.ts";
import { requireRequestId } from "./request-id.ts";

/** One call: a route of the contract, what goes with it, and what is made of the reply. */
export interface Call<Value> {
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
  /** Unset: a `GET` whenever it can succeed later, anything else never. */
  readonly repeat?: RepeatRule;
  /** Reads the reply, whatever its status; what it throws is a failure of the attempt. */
  readonly read: (reply: Reply) => Value;
}

/** Makes one call, repeated where its rule allows, and returns what was read. Throws as `runAttempts` does. */
export type Caller = <Value>(call: Call<Value>, options?: RepeatableCallOptions) => Promise<Value>;

/** Creates the way to one manager. @throws TypeError, RangeError for an option that is out of bounds. */
export function createCaller(options: ClientOptions): Caller {
  return createCallers(options)(options);
}

/**
 * Creates the ways to many managers, which have their options in common.
 *
 * @throws TypeError, RangeError for an option that is out of bounds. What is returned throws a TypeError for an address
 * that can be none.
 */
export function createCallers(shared: SharedOptions): (address: ManagerAddress) => Caller {
  const sharedTimeoutMs = requireTimeout(shared.timeoutMs ?? defaultTimeoutMs);
  const sharedRetries = requireRetries(shared.retries ?? defaultRetries);
  const sharedAttemptTimeoutMs = requireAttemptTimeout(shared.attemptTimeoutMs);
  const authorize = createAuthorization(shared.token);
  // Looked up on each call, so that a fetch which is replaced later (instrumentation) is the one in use.
  const send: Fetch = shared.fetch ?? ((url, init) => fetch(url, init));

  return (address) => {
    const baseUrl = toBaseUrl(address);
    // Options are read one by one, never spread: an AbortController fits them, and its signal is no own property.
    return async (call, options = {}) => {
      const { route, repeat = route.method === "GET" ? "if-transient" : "never", read } = call;
      const { signal, requestId, onRetry = shared.onRetry } = options;
      return runAttempts(
        async (request, attemptSignal) => {
          const authorization = await authorize(request);
          return read(await exchange(send, { request, authorization, signal: attemptSignal }));
        },
        {
          request: {
            ...toRequest(baseUrl, call),
            ...(requestId !== undefined && { requestId: requireRequestId(requestId) }),
          },
          rule: repeat,
          timeoutMs: requireTimeout(options.timeoutMs ?? call.timeoutMs ?? sharedTimeoutMs),
          retries: requireRetries(options.retries ?? sharedRetries),
          attemptTimeoutMs: requireAttemptTimeout(options.attemptTimeoutMs) ?? sharedAttemptTimeoutMs,
          signal,
          onRetry,
        },
      );
    };
  };
}

function requireAttemptTimeout(attemptTimeoutMs: number | undefined): number | undefined {
  return attemptTimeoutMs === undefined ? undefined : requireTimeout(attemptTimeoutMs);
}

function toRequest(
  baseUrl: string,
  { route, name = "", query = {}, accept, prefer, body, ...call }: Call<unknown>,
): ManagerRequest {
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
