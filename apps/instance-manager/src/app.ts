import { routes } from "@redis-operator/client/contract";
import { type Authentication, createApp, type RequestIds } from "@redis-operator/server";
import type { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { etag } from "hono/etag";
import type { Logger } from "pino";
import { toErrorReply } from "./error-status.ts";
import type { Isolation } from "./isolation.ts";
import { recordRequests } from "./record-requests.ts";
import { RequestError } from "./request-error.ts";
import { type BackupDeps, backupRoute } from "./routes/backup.ts";
import { backupJobRoute, backupJobsRoute, cancelBackupRoute } from "./routes/backups.ts";
import { type DemoteDeps, demoteRoute } from "./routes/demote.ts";
import { failsafeRoute } from "./routes/failsafe.ts";
import { healthzRoute } from "./routes/healthz.ts";
import { type MetricsDeps, metricsRoute } from "./routes/metrics.ts";
import { type OpenapiDeps, openapiRoute } from "./routes/openapi.ts";
import { type PromoteDeps, promoteRoute } from "./routes/promote.ts";
import { pruneRoute } from "./routes/prune.ts";
import { type ReadyzDeps, readyzRoute } from "./routes/readyz.ts";
import { type StatusDeps, statusRoute } from "./routes/status.ts";

/** What each route needs. */
export interface InstanceAppDeps {
  readonly isolation: Isolation;
  readonly readyz: ReadyzDeps;
  readonly status: StatusDeps;
  readonly promote: PromoteDeps;
  readonly demote: DemoteDeps;
  readonly backup: BackupDeps;
  readonly metrics: MetricsDeps;
  readonly openapi: OpenapiDeps;
  readonly authentication: Authentication;
  readonly requestIds: RequestIds;
  readonly logger: Logger;
}

// A backup request with every field at its longest takes less, the certificates most of it.
const bodyLimitBytes = 64 * 1024;

/** Creates the HTTP app of an instance manager: every endpoint of the contract, each wired to one call into core. */
export function createInstanceApp(deps: InstanceAppDeps): Hono {
  const { isolation, readyz, status, promote, demote, backup, metrics, openapi } = deps;
  const app = createApp({
    logger: deps.logger,
    probePaths: [routes.healthz.path, routes.readyz.path],
    toErrorReply,
    authentication: deps.authentication,
    // Peers that ask it have no credentials, and it decides whether writes are held.
    openPaths: [routes.failsafe.path],
    requestIds: deps.requestIds,
    outermost: recordRequests(metrics),
  });
  const limitBody = bodyLimit({
    maxSize: bodyLimitBytes,
    onError: () => {
      throw new RequestError("PAYLOAD_TOO_LARGE", `the request body is larger than ${bodyLimitBytes} bytes`);
    },
  });
  // To look for a body costs as much as the rest of a probe, and no read has one.
  app.use(async (context, next) => (isRead(context.req.method) ? next() : limitBody(context, next)));

  app.get(routes.healthz.path, healthzRoute({ isolation }));
  app.get(routes.readyz.path, readyzRoute(readyz));
  app.get(routes.failsafe.path, failsafeRoute({ isolation }));
  app.get(routes.status.path, statusRoute(status));
  app.post(routes.promote.path, promoteRoute(promote));
  app.post(routes.demote.path, demoteRoute(demote));
  app.post(routes.backup.path, backupRoute(backup));
  app.get(routes.backupJobs.path, backupJobsRoute(backup));
  app.get(routes.backupJob.path, backupJobRoute(backup));
  app.delete(routes.cancelBackup.path, cancelBackupRoute(backup));
  app.post(routes.pruneBackups.path, pruneRoute(backup));
  app.get(routes.metrics.path, metricsRoute(metrics));
  app.get(routes.openapi.path, etag(), openapiRoute(openapi));
  return app;
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
