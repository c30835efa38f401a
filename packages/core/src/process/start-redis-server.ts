import { join } from "node:path";
import type { Logger } from "../logger.ts";
import { findLoadableData, readPersistenceConfig } from "../persistence/data-files.ts";
import { turnOnAof } from "../persistence/turn-on-aof.ts";
import { prepareAclFile } from "../redis/acl-file.ts";
import { type RedisConfigSettings, renderRedisConfig, writeRedisConfig } from "../redis/config-file.ts";
import { requireNoOwnedDirectives } from "../redis/owned-directives.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { readPasswordFile } from "../redis/password-file.ts";
import { completeRestore } from "../restore/complete-restore.ts";
import { makeDataDirectory } from "./data-directory.ts";
import { startSupervisedProcess, type SupervisedProcess } from "./supervised-process.ts";

/** What {@link startRedisServer} starts. */
export interface RedisServerOptions {
  readonly binary: string;
  /** File with the password that Redis will ask for; unset: none. */
  readonly passwordFile: string | undefined;
  /** File of the user's with the users of Redis; unset: the default user alone. */
  readonly aclFile?: string | undefined;
  readonly config: Omit<RedisConfigSettings, "password" | "aclFile" | "holdsOnlySnapshot">;
  /** To the Redis that is started, for what can only be done once it has loaded its data. */
  readonly redis: RedisConnection;
  readonly logger: Logger;
}

const aofPatience = { pollIntervalMs: 250, retryIntervalMs: 10_000 };

/**
 * Starts redis-server as a child on a redis.conf that is written anew in its working directory.
 *
 * A restore that was cut off is completed before. On a directory that holds only a snapshot Redis starts without AOF and
 * gets it turned on once it has loaded, if it is configured: it would ignore the snapshot otherwise.
 *
 * @throws InstanceError `PROCESS_START_FAILED` if the directory can't be made or read or the binary can't be run;
 * `REDIS_CONFIG_INVALID`, `REDIS_AUTH_FAILED` if the configuration can't be made; `RESTORE_PLACEMENT_FAILED`,
 * `RESTORE_DATA_EXISTS`, `RESTORE_DATA_IN_USE` if a restore can't be completed.
 */
export async function startRedisServer(options: RedisServerOptions): Promise<SupervisedProcess> {
  const { binary, passwordFile, config, redis, logger } = options;
  const { dir } = config;
  await makeDataDirectory(dir);
  if (config.includeFile !== undefined) await requireNoOwnedDirectives(config.includeFile);
  await completeRestore(dir, { logger, binary });
  const password = passwordFile === undefined ? undefined : await readPasswordFile(passwordFile);
  const aclFile =
    options.aclFile === undefined ? undefined : await prepareAclFile(options.aclFile, { dir, password });
  const { names, isAppendOnly } = await readPersistenceConfig(config);
  const { hasSnapshot, hasAppendOnlyFile } = await findLoadableData(dir, names);
  const holdsOnlySnapshot = hasSnapshot && !hasAppendOnlyFile;
  const configFile = join(dir, "redis.conf");
  const text = renderRedisConfig({ ...config, password, aclFile, holdsOnlySnapshot });
  await writeRedisConfig(configFile, text);

  const server = await startSupervisedProcess({ binary, args: [configFile], logger });
  if (hasAppendOnlyFile && !hasSnapshot && !isAppendOnly) {
    logger.warn(
      { dir },
      "the data directory holds append-only files and no snapshot, and Redis is configured with appendonly no: it ignores them and starts empty",
    );
  }
  if (holdsOnlySnapshot && isAppendOnly) {
    logger.warn(
      { dir },
      "the data directory holds a snapshot and no append-only files: Redis starts with appendonly no, because it would ignore the snapshot otherwise, and gets it turned on once it has loaded",
    );
    void turnOnAof(redis, { ...aofPatience, signal: endOf(server), logger });
  }
  return server;
}

function endOf(server: SupervisedProcess): AbortSignal {
  const controller = new AbortController();
  void server.exited.then(() => controller.abort());
  return controller.signal;
}
