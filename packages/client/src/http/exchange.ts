import type { FailedCall } from "../errors.ts";
import { toFailure } from "./fetch-failure.ts";
import { type BodyText, type ByteStream, readText } from "./read-text.ts";
import { parseRequestId } from "./request-id.ts";
import { parseRetryAfter } from "./retry-after.ts";

/** What this client asks of `fetch`: the platform's own fits, and so does undici's with a dispatcher. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchReply>;

/** The methods that a manager knows. */
export type Method = "GET" | "POST" | "DELETE";

/** The request as it is given to {@link Fetch}. */
export interface FetchInit {
  readonly method: Method;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly redirect: "manual";
  readonly signal: AbortSignal;
}

/** The part of a `Response` that is read. */
export interface FetchReply {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: ByteStream | null;
}

/** One request to a manager. */
export interface ManagerRequest extends FailedCall {
  readonly method: Method;
  /** Media type of the wanted reply. */
  readonly accept: string;
  /** How the request is preferred to be handled (RFC 7240). */
  readonly prefer?: string;
  /** JSON text. */
  readonly body?: string;
  readonly maxReplyBytes: number;
}

/** What came back, whatever its status. */
export interface Reply extends BodyText {
  /** With the id that the manager gave it, if the caller gave none. */
  readonly call: FailedCall;
  readonly status: number;
  /** Without parameters, in lower case; empty if the reply names none. */
  readonly mediaType: string;
  /** How long to wait before another request, in milliseconds, if the reply says so. */
  readonly retryAfterMs: number | undefined;
}

/**
 * Sends one request and reads the reply to its end, up to its bound. Follows no redirect.
 *
 * @throws ManagerUnreachableError, ManagerUntrustedError
 * @throws ManagerTimedOutError - If the platform's fetch gave up first; the call's own deadline is its caller's.
 */
export async function exchange(
  fetch: Fetch,
  {
    request,
    authorization,
    signal,
  }: {
    readonly request: ManagerRequest;
    /** The header of that name. Apart from the request, which errors and replies refer to. */
    readonly authorization: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<Reply> {
  const { method, url, accept, prefer, body, requestId } = request;
  const headers = {
    accept,
    ...(authorization !== undefined && { authorization }),
    ...(prefer !== undefined && { prefer }),
    ...(requestId !== undefined && { "x-request-id": requestId }),
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  try {
    const response = await fetch(url, {
      method,
      headers,
      ...(body !== undefined && { body }),
      redirect: "manual",
      signal,
    });
    const { text, isComplete } = await readText(response.body, request.maxReplyBytes);
    const contentType = response.headers.get("content-type") ?? "";
    const mediaType = (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
    const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"));
    const call = { ...request, requestId: requestId ?? parseRequestId(response.headers.get("x-request-id")) };
    return { call, status: response.status, mediaType, retryAfterMs, text, isComplete };
  } catch (cause) {
    throw toFailure(cause, request);
  }
}
