import type { ManagerMetrics } from "@redis-operator/core/metrics";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";

/** Counts and times every request by its route; what matches no route shares one label, whatever callers send. */
export function recordRequests({
  managerMetrics,
}: {
  readonly managerMetrics: Pick<ManagerMetrics, "observeRequest">;
}): MiddlewareHandler {
  return async (context, next) => {
    const startedAt = performance.now();
    await next();
    managerMetrics.observeRequest({
      route: context.res.status === 404 || context.res.status === 405 ? "other" : routePath(context, -1),
      method: context.req.method,
      status: context.res.status,
      durationMs: performance.now() - startedAt,
    });
  };
}
