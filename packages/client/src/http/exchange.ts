import { type FailedCall, ManagerTimedOutError, ManagerUnreachableError } from "../errors.ts";
import { type BodyText, type ByteStream, readText } from "./read-text.ts";

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
export interface ManagerRequest {
  readonly method: Method;
  readonly url: string;
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
  readonly call: FailedCall;
  readonly status: number;
  /** Without parameters, in lower case; empty if the reply names none. */
  readonly mediaType: string;
}

/**
 * Sends one request and reads the reply to its end, up to its bound. Follows no redirect.
 *
 * @throws ManagerUnreachableError
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
  const { method, url, accept, prefer, body } = request;
  const headers = {
    accept,
    ...(authorization !== undefined && { authorization }),
    ...(prefer !== undefined && { prefer }),
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
    return { call: request, status: response.status, mediaType, text, isComplete };
  } catch (cause) {
    if (isFetchTimeout(cause)) {
      throw new ManagerTimedOutError(request, { why: "before fetch itself gave up", cause });
    }
    throw new ManagerUnreachableError(request, cause);
  }
}

// Node's fetch waits 300 s for the headers, and as long for each piece of the body.
function isFetchTimeout(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error) || !("code" in cause)) return false;
  return cause.code === "UND_ERR_HEADERS_TIMEOUT" || cause.code === "UND_ERR_BODY_TIMEOUT";
}
