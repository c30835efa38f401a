import type { Logger } from "@redis-operator/core/logger";
import {
  createAttachedProcess,
  createProcessTable,
  isPortRefused,
  readProcessId,
  type RedisProcess,
  startRedisSentinel,
  type SupervisedProcess,
} from "@redis-operator/core/process";
import type { RedisConnection } from "@redis-operator/core/redis";
import type { Config } from "./config.ts";

/** Starts redis-sentinel as a child. */
export function superviseSentinel(
  { binary, port, passwordFile, seedFile, firstPrimary, dataDir, tlsDir }: Config["sentinel"],
  logger: Logger,
): Promise<SupervisedProcess> {
  return startRedisSentinel({
    binary,
    passwordFile,
    seedFile,
    firstPrimary,
    config: { port, dir: dataDir, tlsDir },
    logger,
  });
}

/** Attaches to a redis-sentinel that something else started. */
export function attachToSentinel(
  { binary, host, port, connectTimeoutMs }: Config["sentinel"],
  sentinel: RedisConnection,
): RedisProcess {
  return createAttachedProcess({
    binary,
    processTable: createProcessTable(),
    readProcessId: () => readProcessId(sentinel),
    isPortRefused: () => isPortRefused({ host, port, timeoutMs: connectTimeoutMs }),
  });
}
