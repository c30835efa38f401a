import type { ErrorCode } from "@redis-operator/client/contract";
import type { ErrorReply } from "@redis-operator/server";

/** The statuses of the codes of a {@link RequestError}. */
export const requestErrorStatuses = {
  INVALID_REQUEST: 400,
  PAYLOAD_TOO_LARGE: 413,
} as const satisfies Partial<Record<ErrorCode, number>>;

/** A request that breaks the contract, thrown before anything was done. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly reply: ErrorReply;

  constructor(code: keyof typeof requestErrorStatuses, message: string) {
    super(message);
    this.reply = { status: requestErrorStatuses[code], code, message };
  }
}
