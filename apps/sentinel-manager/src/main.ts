import { createRedisConnection } from "@redis-operator/core/redis";
import { createLogger, listen, runMain, type StopRequest } from "@redis-operator/server";
import { createSentinelApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { attachToSentinel, superviseSentinel } from "./sentinel-process.ts";

void runMain(setUp, main);

function setUp() {
  const config = readConfig(process.env);
  const { logLevel, pod } = config;
  return { config, logger: createLogger({ level: logLevel, base: { app: "sentinel-manager", ...pod } }) };
}

async function main({ config, logger }: ReturnType<typeof setUp>, stop: StopRequest): Promise<void> {
  const { http, authentication, sentinel: sentinelConfig } = config;
  // Sentinel rewrites its configuration, and the password in it, with the mode that this leaves.
  process.umask(0o077);

  const sentinel = createRedisConnection(sentinelConfig);
  const supervised = sentinelConfig.isSupervised
    ? await superviseSentinel(sentinelConfig, logger)
    : undefined;
  try {
    const app = createSentinelApp({
      process: supervised ?? attachToSentinel(sentinelConfig, sentinel),
      sentinel,
      isStopping: () => stop.signal.aborted,
      authentication,
      logger,
    });
    const server = await listen(app, { ...http, logger });
    logger.info({ url: server.url }, "listening");
    logger.info({ reason: await stop.received }, "stopping");
    await supervised?.stop({ graceMs: sentinelConfig.stopGraceMs });
    await server.close({ graceMs: http.closeGraceMs });
  } finally {
    // For a start that failed halfway; after an orderly end it changes nothing.
    await supervised?.stop({ graceMs: sentinelConfig.stopGraceMs });
    sentinel.close();
  }
  logger.info({}, "stopped");
}
