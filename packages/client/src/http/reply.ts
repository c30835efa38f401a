import type * as z from "zod";
import { errorBodySchema } from "../contract/errors.ts";
import { describeIssues } from "../contract/issues.ts";
import { ManagerRefusedError, ReplyNotUnderstoodError } from "../errors.ts";
import type { Reply } from "./exchange.ts";

// The manager keeps its messages short; what is longer is not its own.
const maxReasonLength = 500;

/**
 * Returns the text of a complete reply that has one of the expected statuses.
 *
 * @throws ManagerRefusedError for any other 4xx or 5xx.
 * @throws ReplyNotUnderstoodError for anything else: a redirect, another 2xx, a reply that is too large.
 */
export function requireText(reply: Reply, statuses: readonly number[] = [200]): string {
  if (!statuses.includes(reply.status)) throw toStatusError(reply);
  if (!reply.isComplete) throw notUnderstood(reply, "a body that is too large");
  return reply.text;
}

/**
 * Returns the JSON of a reply with one of the expected statuses, checked against its schema.
 *
 * @throws ManagerRefusedError, ReplyNotUnderstoodError as {@link requireText}; the latter also if the body is no
 * JSON or does not fit the schema. An offset beyond 2^53 - 1 does not fit: `JSON.parse` rounds it to 2^53 or
 * more, which is no safe integer.
 */
export function requireJson<Schema extends z.ZodType>(
  reply: Reply,
  { schema, statuses }: { readonly schema: Schema; readonly statuses?: readonly number[] },
): z.output<Schema> {
  const text = requireText(reply, statuses);
  const json = parseJson(text);
  if (!json.ok) throw notUnderstood(reply, "a body that is no JSON", json.cause);
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return parsed.data;
  throw notUnderstood(reply, `a body that does not fit: ${describeIssues(parsed.error)}`, parsed.error);
}

/** Creates what reads such replies. Throws as {@link requireJson}. */
export function jsonReader<Schema extends z.ZodType>(
  expected: Parameters<typeof requireJson<Schema>>[1],
): (reply: Reply) => z.output<Schema> {
  return (reply) => requireJson(reply, expected);
}

/** A reply of the expected status whose body is not what the contract says. */
export function notUnderstood(reply: Reply, why: string, cause?: unknown): ReplyNotUnderstoodError {
  const { call, status, mediaType } = reply;
  const what = mediaType === "" ? why : `${why} (${mediaType})`;
  return new ReplyNotUnderstoodError(call, { status, why: what, cause });
}

function toStatusError(reply: Reply): ManagerRefusedError | ReplyNotUnderstoodError {
  const { call, status, retryAfterMs } = reply;
  // A platform that hides redirects reports them as status 0.
  if (status === 0 || (status >= 300 && status < 400)) return notUnderstood(reply, "a redirect");
  if (status < 400) return notUnderstood(reply, "a status that the contract does not know");
  const json = parseJson(reply.text);
  const body = json.ok ? errorBodySchema.safeParse(json.value) : undefined;
  if (body?.success === true) {
    const { code, message, requestId = call.requestId } = body.data.error;
    const reason = toOneLine(message);
    return new ManagerRefusedError({ ...call, requestId }, { status, code, reason, retryAfterMs });
  }
  // An HTML page says nothing in its first words; a line of text does.
  const reason = reply.mediaType === "text/plain" ? toOneLine(reply.text) : "";
  return new ManagerRefusedError(call, { status, retryAfterMs, ...(reason !== "" && { reason }) });
}

/** Foreign text as it may stand in a message: no line break, no terminal escape, bounded. */
export function toOneLine(text: string): string {
  const line = text.slice(0, maxReasonLength).replaceAll(/[\s\p{Cc}]+/gu, " ");
  return line.trim();
}

function parseJson(text: string): { ok: true; value: unknown } | { ok: false; cause: unknown } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (cause) {
    return { ok: false, cause };
  }
}
