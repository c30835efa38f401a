import { routes, successTexts } from "@redis-operator/client/contract";
import type { RedisProcess } from "@redis-operator/core/process";
import type { RedisConnection } from "@redis-operator/core/redis";
import { checkReadiness } from "@redis-operator/core/replication";
import { type AppOptions, type Authentication, createApp, textReply } from "@redis-operator/server";
import type { Hono } from "hono";

/** What {@link createSentinelApp} needs. */
export interface SentinelAppDeps {
  readonly process: RedisProcess;
  readonly sentinel: RedisConnection;
  /** Whether the manager has begun to stop. */
  readonly isStopping: () => boolean;
  readonly authentication: Authentication;
  readonly logger: AppOptions["logger"];
}

/** The two probes of a sentinel pod. Open, as the kubelet sends no credentials. */
export function createSentinelApp(deps: SentinelAppDeps): Hono {
  const { process, sentinel, isStopping, authentication, logger } = deps;
  const { healthz, readyz } = routes;
  const app = createApp({
    logger,
    probePaths: [healthz.path, readyz.path],
    // What fails beside the sentinel is a verdict; the rest is a defect.
    toErrorReply: () => undefined,
    authentication,
  });

  app.get(healthz.path, async () =>
    (await process.isRunning())
      ? textReply(successTexts.probe, { status: 200 })
      : textReply("redis-sentinel not running", { status: 503 }),
  );

  app.get(readyz.path, async () => {
    if (isStopping()) return notReady("stopping");
    const readiness = await checkReadiness(sentinel, { replicaMaxSilenceMs: undefined });
    if (!readiness.ready) return notReady(readiness.reason);
    // Whoever answers now is the process that /healthz means from now on.
    await process.isRunning();
    return textReply(successTexts.probe, { status: 200 });
  });

  return app;
}

function notReady(reason: string): Response {
  return textReply(`sentinel not ready: ${reason}`, { status: 503 });
}
