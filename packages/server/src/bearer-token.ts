import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Logger } from "pino";

/** Tells whether a request's `Authorization` header holds one of the tokens. Never rejects. */
export type TokenCheck = (authorization: string | undefined) => Promise<boolean>;

/** Where the tokens are, and who is told when they can't be read. */
export interface TokenCheckOptions {
  /** One token a line, so that the old one and the new one hold while they rotate. Read anew for every check. */
  readonly tokenFile: string;
  readonly logger: Pick<Logger, "error">;
}

/** Creates the check against the tokens of a file. While that can't be read, or holds none, nobody passes. */
export function createTokenCheck({ tokenFile, logger }: TokenCheckOptions): TokenCheck {
  return async (authorization) => {
    const shown = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    if (shown === undefined) return false;
    try {
      return isOneOf(shown, await readTokens(tokenFile));
    } catch (err) {
      logger.error({ err, tokenFile }, "reading the API's tokens failed: no token is taken");
      return false;
    }
  };
}

async function readTokens(tokenFile: string): Promise<readonly string[]> {
  const lines = (await readFile(tokenFile, "utf8")).split("\n").map((line) => line.trim());
  const tokens = lines.filter((line) => line !== "");
  if (tokens.length === 0) throw new Error(`${tokenFile} holds no token`);
  return tokens;
}

/** In the same time whatever is shown, and whichever of the tokens it is. */
function isOneOf(shown: string, tokens: readonly string[]): boolean {
  const digest = digestOf(shown);
  return tokens.map((token) => timingSafeEqual(digestOf(token), digest)).includes(true);
}

// Equal in length, as timingSafeEqual wants them, without telling how long a token is.
function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
