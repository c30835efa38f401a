import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";

/** The ids of the requests that are under way: each line that is logged for one, and its answer, bear its id. */
export interface RequestIds {
  /** The id of the request that this code runs for, whatever it waited for meanwhile; `undefined`: for none, or it has no id. */
  current(): string | undefined;
  /** Runs `work`, and all that it begins, for a request with this id. */
  run<Result>(requestId: string, work: () => Result): Result;
}

const header = "X-Request-Id";

// Others could forge lines for whoever reads the log in a terminal, or fill it.
const acceptedId = /^[\x20-\x7e]{1,128}$/;

/** Creates the ids of one manager. */
export function createRequestIds(): RequestIds {
  const storage = new AsyncLocalStorage<string>();
  return {
    current: () => storage.getStore(),
    run: (requestId, work) => storage.run(requestId, work),
  };
}

/**
 * Gives every write on `/v1/*` an id, and answers it in the same header: the caller's own `X-Request-Id` if that is printable
 * ASCII of at most 128 characters, else a new one. Any other request has an id only if it brings one.
 */
export function assignRequestId(requestIds: RequestIds): MiddlewareHandler {
  return async (context, next) => {
    const { method, path } = context.req;
    const shown = context.req.header(header) ?? "";
    const isWrite = path.startsWith("/v1/") && method !== "GET" && method !== "HEAD";
    const requestId = acceptedId.test(shown) ? shown : isWrite ? randomUUID() : undefined;
    if (requestId === undefined) return next();
    await requestIds.run(requestId, next);
    context.header(header, requestId);
  };
}
