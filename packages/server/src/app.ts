import { Hono, type MiddlewareHandler } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import type { Logger } from "pino";
import { describeCaller } from "./caller.ts";
import { serverErrorStatuses } from "./error-status.ts";
import { type ErrorReply, errorReply, textReply } from "./reply.ts";
import { assignRequestId, type RequestIds } from "./request-ids.ts";
import { type Authentication, requireCaller, UnauthorizedError } from "./require-caller.ts";

/** What {@link createApp} needs. */
export interface AppOptions {
  readonly logger: Pick<Logger, "warn" | "error">;
  /** Paths whose errors stay one line of plain text. */
  readonly probePaths: readonly string[];
  /**
   * Maps what a route threw to the reply. `undefined` for an error that is none of ours: 500 `INTERNAL` without its
   * text.
   */
  readonly toErrorReply: (error: Error) => ErrorReply | undefined;
  /** Who may call. Unset: everybody. */
  readonly authentication?: Authentication | undefined;
  /** Paths beside the probes that ask their callers for as little. */
  readonly openPaths?: readonly string[];
  /** Unset: no request has an id. */
  readonly requestIds?: RequestIds;
  /** Runs around everything else, so that it sees each answer as it is sent. */
  readonly outermost?: MiddlewareHandler;
}

const internalError: ErrorReply = {
  status: serverErrorStatuses.INTERNAL,
  code: "INTERNAL",
  message: "the request failed for a reason that the manager's log names",
};

/**
 * Creates a Hono app without routes that answers every failure in the contract's shape: unknown path 404
 * `NOT_FOUND`, wrong method 405 `METHOD_NOT_ALLOWED` with `Allow`, a caller without the credentials that it needs 401
 * `UNAUTHORIZED` before anything else, a throwing route by `toErrorReply`.
 *
 * A failed request is logged: 5xx at error with its stack, 4xx at warn. A 404 or 405 is not.
 */
export function createApp(options: AppOptions): Hono {
  const { logger, probePaths, toErrorReply, authentication, openPaths = [], requestIds, outermost } = options;
  const app = new Hono();
  if (outermost !== undefined) app.use(outermost);
  if (requestIds !== undefined) app.use(assignRequestId(requestIds));

  function reply(path: string, error: ErrorReply): Response {
    if (probePaths.includes(path)) return textReply(error.message, error);
    return errorReply(error, requestIds?.current());
  }

  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) => {
        const { method, path } = context.req;
        const allow = methods.join(", ");
        return reply(path, {
          status: serverErrorStatuses.METHOD_NOT_ALLOWED,
          code: "METHOD_NOT_ALLOWED",
          message: `${method} is not allowed on ${path}, only ${allow}`,
          headers: { Allow: allow },
        });
      },
    }),
  );
  if (authentication !== undefined) {
    app.use(requireCaller({ ...authentication, openPaths: [...probePaths, ...openPaths], logger }));
  }
  app.notFound(({ req: { path } }) =>
    reply(path, {
      status: serverErrorStatuses.NOT_FOUND,
      code: "NOT_FOUND",
      message: `no such path: ${path.slice(0, 200)}`,
    }),
  );
  app.onError((error, context) => {
    const { method, path } = context.req;
    const answer = error instanceof UnauthorizedError ? error.reply : (toErrorReply(error) ?? internalError);
    const { status, code } = answer;
    const request = { method, path, status, code, ...describeCaller(context) };
    if (status >= 500) logger.error({ ...request, err: error }, "request failed");
    else logger.warn({ ...request, reason: answer.message }, "request refused");
    return reply(path, answer);
  });
  return app;
}
