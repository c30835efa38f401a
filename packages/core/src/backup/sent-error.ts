import { InstanceError, type InstanceErrorCode, isInstanceError } from "../errors.ts";

/** An error as it goes from one process to another. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  /** Of an {@link InstanceError}. */
  readonly code?: InstanceErrorCode | undefined;
  readonly cause?: SentError | undefined;
}

/** Puts a caught value into a form that can be sent. Only what is named here goes along: clients' errors carry their requests. */
export function toSentError(error: unknown): SentError {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error) };
  }
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    code: isInstanceError(error) ? error.code : undefined,
    cause: cause === undefined ? undefined : toSentError(cause),
  };
}

/** Makes an error of one that was sent. */
export function fromSentError({ name, message, stack, code, cause }: SentError): Error {
  const options = cause === undefined ? undefined : { cause: fromSentError(cause) };
  const where = stack !== undefined && { stack };
  if (code !== undefined) return Object.assign(new InstanceError(code, message, options), where);
  return Object.assign(new Error(message, options), where, { name });
}

/** Tells whether a value is what {@link toSentError} made. */
export function isSentError(value: unknown): value is SentError {
  return typeof value === "object" && value !== null && "message" in value && "name" in value;
}
