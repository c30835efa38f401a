import type { MiddlewareHandler } from "hono";
import type { Logger } from "pino";
import { decideAccess, type RequiredFor } from "./access.ts";
import { createTokenCheck } from "./bearer-token.ts";
import { readCaller } from "./caller.ts";
import { serverErrorStatuses } from "./error-status.ts";
import type { ErrorReply } from "./reply.ts";
import type { ClientAuth } from "./tls-files.ts";

/** Who may call a manager. */
export interface Authentication {
  /** Unset: there is no token. */
  readonly tokenFile?: string | undefined;
  readonly clientAuth: ClientAuth;
  readonly requiredFor: RequiredFor;
}

/** What {@link requireCaller} needs. */
export interface RequireCallerOptions extends Authentication {
  /** Paths that ask for nothing unless a client certificate is required of everybody. */
  readonly openPaths: readonly string[];
  readonly logger: Pick<Logger, "error">;
}

/** A request without the credentials that it needs. Nothing of its body has been read. */
export class UnauthorizedError extends Error {
  override readonly name = "UnauthorizedError";
  readonly reply: ErrorReply;

  constructor(message: string, challenge: string) {
    super(message);
    this.reply = {
      status: serverErrorStatuses.UNAUTHORIZED,
      code: "UNAUTHORIZED",
      message,
      headers: { "WWW-Authenticate": challenge },
    };
  }
}

/** Lets a request pass that shows what it needs; any other ends with an {@link UnauthorizedError}. */
export function requireCaller(options: RequireCallerOptions): MiddlewareHandler {
  const { tokenFile, clientAuth, requiredFor, openPaths, logger } = options;
  const isTokenValid = tokenFile === undefined ? undefined : createTokenCheck({ tokenFile, logger });
  const policy = { clientAuth, requiredFor, hasToken: tokenFile !== undefined };
  // No scheme of HTTP stands for a certificate; the header must name one nevertheless.
  const challenge = policy.hasToken ? "Bearer" : "ClientCertificate";

  return async (context, next) => {
    const { method, path } = context.req;
    const isRead = method === "GET" || method === "HEAD";
    const lack = decideAccess(policy, {
      kind: openPaths.includes(path) ? "probe" : isRead ? "read" : "write",
      hasCertificate: readCaller(context).certificate !== undefined,
      hasValidToken: (await isTokenValid?.(context.req.header("Authorization"))) ?? false,
    });
    if (lack !== undefined) throw new UnauthorizedError(`the request needs ${lack}`, challenge);
    await next();
  };
}
