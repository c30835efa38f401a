import { type FailedCall, TokenUnavailableError } from "../errors.ts";

/** A bearer token, or what knows the one of the moment. */
export type Token = string | (() => string | Promise<string>);

/**
 * Creates what gives each call its `Authorization` header; `undefined` without a token.
 *
 * @throws TypeError for a token that can't stand in a header. It is never named.
 */
export function createAuthorization(
  token: Token | undefined,
): (call: FailedCall) => Promise<string | undefined> {
  if (token === undefined) return async () => undefined;
  if (typeof token === "string") {
    const header = toHeader(token);
    return async () => header;
  }
  return async (call) => {
    try {
      return toHeader(await token());
    } catch (cause) {
      throw new TokenUnavailableError(call, cause);
    }
  };
}

// The end of a file's last line is no part of the token in it.
function toHeader(token: string): string {
  const trimmed = token.trim();
  if (!/^[\x21-\x7e]+$/.test(trimmed)) {
    throw new TypeError("the token must be visible ASCII characters, at least one, without a space");
  }
  return `Bearer ${trimmed}`;
}
