import type { IncomingMessage } from "node:http";
import { InstanceError } from "../errors.ts";
import { readFields } from "./fields.ts";
import { parseJson, readBody } from "./reply.ts";

/** An answer of the API server other than what was asked for; the cause of a `KUBERNETES_REFUSED`. */
export class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";
  readonly status: number;
  /** How long the API server asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, reason: string, retryAfterMs?: number) {
    super(reason);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The refusal that a failed read of the API server ended in; `undefined` if it ended otherwise. */
export function refusalOf(error: unknown): ApiRefusal | undefined {
  return error instanceof InstanceError && error.cause instanceof ApiRefusal ? error.cause : undefined;
}

/** Reads a refusal from a response: its status, reason and message of its `Status` object, `Retry-After`. */
export async function readRefusal(response: IncomingMessage): Promise<ApiRefusal> {
  const body = await readBody(response);
  const seconds = Number(response.headers["retry-after"] ?? Number.NaN);
  const retryAfterMs = seconds > 0 ? seconds * 1_000 : undefined;
  return new ApiRefusal(response.statusCode ?? 0, describeStatus(parseJson(body)), retryAfterMs);
}

/** Reason and message of a `Status` object. */
export function describeStatus(value: unknown): string {
  try {
    const status = readFields(value, "the reply");
    const [reason = "no reason given", message] = [status.string("reason"), status.string("message")];
    return message === undefined ? reason : `${reason}, ${message.slice(0, 300)}`;
  } catch {
    // A proxy in between answers in its own form.
    return "no reason given";
  }
}
