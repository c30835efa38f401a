import { join } from "node:path";
import { askPeers, createClusterView, createLivenessCheck } from "@redis-operator/core/isolation";
import { type ApiServerAddress, probeApiServer } from "@redis-operator/core/kubernetes";
import { createManagerMetrics, createScrape } from "@redis-operator/core/metrics";
import { createRedisConnection } from "@redis-operator/core/redis";
import { readOwnIpAddresses, readStatus } from "@redis-operator/core/replication";
import { createLogger, listen, runMain, type StopRequest } from "@redis-operator/server";
import manifest from "../package.json" with { type: "json" };
import { createInstanceApp } from "./app.ts";
import { startBackupJobs } from "./backup-jobs.ts";
import { readConfig } from "./config.ts";
import { findPodCluster } from "./kubernetes.ts";
import { attachToRedis, superviseRedis } from "./redis-process.ts";

const [command, ...commandArgs] = process.argv.slice(2);
if (command === "restore") void restore(commandArgs);
else void runMain(main);

/** Its own bundle: the manager doesn't pay for it. */
async function restore(args: readonly string[]): Promise<never> {
  const { runRestore } = await import("./restore.ts");
  process.exit(await runRestore(args));
}

async function main(stop: StopRequest): Promise<void> {
  const config = readConfig(process.env);
  const { http, pod, redis } = config;
  const labels = { cluster: pod.cluster, namespace: pod.namespace, pod: pod.name };
  const logger = createLogger({ level: config.logLevel, base: { app: "instance-manager", ...labels } });

  // What Redis writes is as secret as the data in it; CONFIG REWRITE puts the password there too.
  process.umask(0o077);

  // One connection for each kind of patience; none waits behind another's command.
  const probeRedis = createRedisConnection({ ...redis, ...redis.probe });
  const queryRedis = createRedisConnection({ ...redis, ...redis.query });
  const adminRedis = createRedisConnection({ ...redis, ...redis.admin });
  const knownHosts = pod.ip === undefined ? [redis.host] : [pod.ip, redis.host];
  const own = { podName: pod.name, ipAddresses: readOwnIpAddresses(knownHosts) };

  const podCluster = findPodCluster(config, logger);
  const clusterView = createClusterView({
    ...config.clusterView,
    kubernetes: podCluster,
    own: { ...own, port: http.port },
    logger,
  });
  const supervised = redis.isSupervised
    ? await superviseRedis({ config, podCluster, own, connection: adminRedis, signal: stop.signal, logger })
    : undefined;

  try {
    clusterView.start();
    const managerMetrics = createManagerMetrics({ labels, version: manifest.version });
    const jobs = startBackupJobs({
      config,
      observer: managerMetrics,
      stopSignal: stop.signal,
      logger,
    });
    const app = createInstanceApp({
      liveness: createLivenessCheck({
        process: supervised ?? attachToRedis(redis, probeRedis),
        readRole: async () => (await readStatus(probeRedis)).role,
        probeApiServer: config.kubernetes && apiServerProbe(config.kubernetes),
        askPeers,
        cluster: clusterView,
        peerHeadStartMs: config.liveness.peerHeadStartMs,
        logger,
        now: () => performance.now(),
      }),
      readyz: { redis: probeRedis, readiness: config.readiness, isStopping: () => stop.signal.aborted },
      status: { redis: queryRedis },
      promote: { redis: adminRedis, readBackTimeoutMs: redis.readBackTimeoutMs, logger },
      demote: {
        redis: adminRedis,
        knownHosts,
        redisPort: redis.port,
        readBackTimeoutMs: redis.readBackTimeoutMs,
        logger,
      },
      backup: { jobs },
      metrics: {
        scrape: createScrape({
          redis: queryRedis,
          // The operator's annotation is not read, so nobody here knows.
          readFenced: () => undefined,
          observer: managerMetrics,
          logger,
        }),
        managerMetrics,
        labels,
      },
      logger,
    });
    const server = await listen(app, http);
    logger.info({ url: server.url }, "listening");

    logger.info({ reason: await stop.received }, "stopping");
    // Aborted by now; it still removes what it has stored so far.
    await jobs.idle({ timeoutMs: config.backup.stopTimeoutMs });
    await supervised?.stop({ graceMs: redis.stopGraceMs });
    await server.close({ graceMs: http.closeGraceMs });
  } finally {
    await supervised?.stop({ graceMs: redis.stopGraceMs });
    clusterView.stop();
    for (const connection of [probeRedis, queryRedis, adminRedis]) connection.close();
  }
  logger.info({}, "stopped");
}

function apiServerProbe({
  host,
  port,
  serviceAccountDir,
}: {
  host: string;
  port: number;
  serviceAccountDir: string;
}) {
  const address: ApiServerAddress = { host, port, caFile: join(serviceAccountDir, "ca.crt") };
  return (options: Parameters<typeof probeApiServer>[1]) => probeApiServer(address, options);
}
