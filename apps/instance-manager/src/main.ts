import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createRedisRenderer, createScrape } from "@redis-operator/core/metrics";
import { createRedisAccess, createRedisConnection } from "@redis-operator/core/redis";
import { createRoleChanges, readOwnIpAddresses } from "@redis-operator/core/replication";
import { createLogger, createRequestIds, listen, runMain, type StopRequest } from "@redis-operator/server";
import { createInstanceApp } from "./app.ts";
import { startBackupJobs } from "./backup-jobs.ts";
import { readConfig } from "./config.ts";
import { startIsolation } from "./isolation.ts";
import { createPodClusterObserver } from "./kubernetes.ts";
import { createOwnMetrics } from "./metrics.ts";
import { createPeerDataSearch } from "./peer-data.ts";
import { attachToRedis, superviseRedis } from "./redis-process.ts";
import { startRotation } from "./rotation.ts";

const [command, ...commandArgs] = process.argv.slice(2);
if (command === "restore") void restore(commandArgs);
else void runMain(setUp, main);

/** Its own bundle: the manager doesn't pay for it. */
async function restore(args: readonly string[]): Promise<never> {
  const { runRestore } = await import("./restore.ts");
  process.exit(await runRestore(args));
}

function setUp() {
  const config = readConfig(process.env);
  const { cluster, namespace, name } = config.pod;
  const labels = { cluster, namespace, pod: name };
  const requestIds = createRequestIds();
  const base = { app: "instance-manager", ...labels };
  return { config, labels, requestIds, logger: createLogger({ level: config.logLevel, base, requestIds }) };
}

async function main(
  { config, labels, requestIds, logger }: ReturnType<typeof setUp>,
  stop: StopRequest,
): Promise<void> {
  const { http, pod, redis } = config;

  // What Redis writes is as secret as the data in it; CONFIG REWRITE puts the password there too.
  process.umask(0o077);

  // One connection for each kind of patience; none waits behind another's command.
  const access = createRedisAccess(redis);
  const probeRedis = createRedisConnection({ ...redis, ...redis.probe, access });
  const queryRedis = createRedisConnection({ ...redis, ...redis.query, access });
  const adminRedis = createRedisConnection({ ...redis, ...redis.admin, access });
  const scrapedRedis = createRedisConnection({ ...redis, ...config.metrics.scrape, access });
  const knownHosts = pod.ip === undefined ? [redis.host] : [pod.ip, redis.host];
  const own = { podName: pod.name, ipAddresses: readOwnIpAddresses(knownHosts) };

  const observer = createPodClusterObserver(config, logger);
  const roleChanges = createRoleChanges();
  const supervised = redis.isSupervised
    ? superviseRedis({ config, observer, own, redis: adminRedis, roleChanges, logger })
    : undefined;
  const isFenced = () => supervised?.isFenced() ?? false;
  // Aborted by a stop that was asked for, and by an end that was not.
  const ending = new AbortController();

  const { managerMetrics, readSnapshotSizeBytes } = createOwnMetrics({
    config,
    labels,
    observer,
    redis: probeRedis,
    readIsolation: () => isolation.state(),
  });
  const rotation = await startRotation({ config, access, observer: managerMetrics, logger });
  const isolation = startIsolation({
    config,
    access,
    observer,
    process: supervised ?? attachToRedis(redis, probeRedis),
    own,
    readSnapshotSizeBytes,
    metrics: managerMetrics,
    logger,
  });

  try {
    const jobs = startBackupJobs({
      config,
      observer: managerMetrics,
      stopSignal: ending.signal,
      logger,
    });
    const changes = { roleChanges, maxWaitMs: redis.roleChangeMaxWaitMs, isFenced };
    const roleChange = {
      ...changes,
      redis: adminRedis,
      knownHosts,
      redisPort: redis.port,
      readBackTimeoutMs: redis.readBackTimeoutMs,
      logger,
    };
    const app = createInstanceApp({
      isolation,
      readyz: {
        redis: probeRedis,
        readiness: config.readiness,
        isStopping: () => ending.signal.aborted || stop.signal.aborted,
        isMeantToRun: () => supervised?.isMeantToRun() ?? true,
        notReadyReason: () => supervised?.notReadyReason(),
      },
      status: { redis: queryRedis, isKeptDown: () => supervised?.isKeptDown() ?? false },
      promote: {
        ...roleChange,
        findPeerWithData: createPeerDataSearch({ config, observer, own, logger }),
      },
      demote: {
        ...roleChange,
        connect: (address) => createRedisConnection({ ...redis, ...address, ...redis.target }),
      },
      backup: { ...changes, jobs },
      metrics: {
        scrape: createScrape({
          ...config.metrics,
          redis: scrapedRedis,
          // A Redis of somebody else's is not kept down, whatever the annotation says.
          readFenced: () => supervised?.isFenced(),
          observer: managerMetrics,
          logger,
        }),
        renderRedis: createRedisRenderer({ ...config.metrics, labels }),
        managerMetrics,
      },
      openapi: { file: join(import.meta.dirname, "openapi.json") },
      authentication: config.authentication,
      requestIds,
      logger,
    });
    // Before Redis is started: probes are answered while it waits for its role, and while it is fenced.
    const server = await listen(app, { ...http, logger });
    logger.info({ url: server.url }, "listening");
    try {
      const running = supervised?.run();
      observer?.start();
      await Promise.race([stop.received, ...(running === undefined ? [] : [running])]);
      logger.info({ reason: await stop.received }, "stopping");
    } catch (error) {
      // Redis ended by itself: whoever asks right now is answered 503 with that reason, and not refused.
      await pause(http.crashNoticeMs);
      throw error;
    } finally {
      ending.abort(new Error("the manager is stopping"));
      // It still removes what it has stored so far.
      await jobs.idle({ timeoutMs: config.backup.stopTimeoutMs });
      await supervised?.stop();
      await server.close({ graceMs: http.closeGraceMs });
    }
  } finally {
    observer?.stop();
    // A fence that was seen a moment ago holds over the restart too.
    await observer?.stored();
    isolation.stop();
    rotation.stop();
    for (const connection of [probeRedis, queryRedis, adminRedis, scrapedRedis]) connection.close();
  }
  logger.info({}, "stopped");
}
