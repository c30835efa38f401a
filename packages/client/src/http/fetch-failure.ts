import { describeCause } from "../describe-cause.ts";
import {
  type FailedCall,
  type ManagerError,
  ManagerTimedOutError,
  ManagerUnreachableError,
  ManagerUntrustedError,
} from "../errors.ts";

// Node's fetch waits 300 s for the headers, and as long for each piece of the body.
const timeoutCodes = /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/;

// OpenSSL's names, which Node and Bun have.
const untrustedCodes =
  /^(CERT_|ERR_TLS_CERT_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF))/;

/** Tells what a rejection of `fetch`, or of the body that it gave, says of the call. Every platform words it its own way. */
export function toFailure(cause: unknown, call: FailedCall): ManagerError {
  const code = codeOf(cause);
  // Bun waits 300 s for the whole, and says so in the name.
  if (timeoutCodes.test(code) || (cause instanceof Error && cause.name === "TimeoutError")) {
    return new ManagerTimedOutError(call, { why: "before fetch itself gave up", cause });
  }
  // Deno has no codes.
  if (untrustedCodes.test(code) || describeCause(cause).includes("invalid peer certificate")) {
    return new ManagerUntrustedError(call, cause);
  }
  return new ManagerUnreachableError(call, cause);
}

/** The innermost code of an error: that of Node's fetch stands in its cause. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const inner = codeOf(error.cause);
  if (inner !== "") return inner;
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
