import { describeError, InstanceError, type InstanceErrorCode, isInstanceError } from "../errors.ts";

// The first word of an error reply is its class. What is not listed is a command that Redis refused.
const codeOfReply: Readonly<Record<string, InstanceErrorCode>> = {
  LOADING: "REDIS_LOADING",
  BUSY: "REDIS_BUSY",
  NOAUTH: "REDIS_AUTH_FAILED",
  WRONGPASS: "REDIS_AUTH_FAILED",
  NOPERM: "REDIS_AUTH_FAILED",
};

/**
 * Turns what ioredis threw into an {@link InstanceError}: an error reply by its first word, a deadline to
 * `REDIS_TIMED_OUT`, anything else to `REDIS_UNREACHABLE`.
 */
export function toRedisError(
  error: unknown,
  { attempted, address }: { readonly attempted: string; readonly address: string },
): InstanceError {
  if (isInstanceError(error)) return error;
  return new InstanceError(
    classify(error),
    `${attempted} on Redis at ${address} failed: ${describeError(error)}`,
    { cause: error },
  );
}

function classify(error: unknown): InstanceErrorCode {
  if (!(error instanceof Error)) return "REDIS_UNREACHABLE";
  if (error.name === "ReplyError") {
    const word = error.message.split(" ", 1)[0] ?? "";
    return codeOfReply[word] ?? "REDIS_COMMAND_FAILED";
  }
  if (error.message === "Command timed out" || error.message === "connect ETIMEDOUT")
    return "REDIS_TIMED_OUT";
  return "REDIS_UNREACHABLE";
}
