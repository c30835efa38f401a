import { join } from "node:path";
import type { Logger } from "../logger.ts";
import { type RedisConfigSettings, renderRedisConfig, writeRedisConfig } from "../redis/config-file.ts";
import { readPasswordFile } from "../redis/password-file.ts";
import { holdsOnlySnapshot, makeDataDirectory } from "./data-directory.ts";
import { startSupervisedProcess, type SupervisedProcess } from "./supervised-process.ts";

/** What {@link startRedisServer} starts. */
export interface RedisServerOptions {
  readonly binary: string;
  /** File with the password that Redis will ask for; unset: none. */
  readonly passwordFile: string | undefined;
  readonly config: Omit<RedisConfigSettings, "password" | "holdsOnlySnapshot">;
  readonly logger: Logger;
}

/**
 * Starts redis-server as a child on a redis.conf that is written anew in its working directory.
 *
 * @throws InstanceError `PROCESS_START_FAILED` if the directory can't be made or the binary can't be run;
 * `REDIS_CONFIG_INVALID`, `REDIS_AUTH_FAILED` if the configuration can't be made.
 */
export async function startRedisServer(options: RedisServerOptions): Promise<SupervisedProcess> {
  const { binary, passwordFile, config, logger } = options;
  await makeDataDirectory(config.dir);
  const password = passwordFile === undefined ? undefined : await readPasswordFile(passwordFile);
  const isSnapshotOnly = await holdsOnlySnapshot(config.dir, {
    snapshot: config.directives["dbfilename"] ?? "dump.rdb",
    appendOnlyDirectory: config.directives["appenddirname"] ?? "appendonlydir",
  });
  if (isSnapshotOnly) {
    logger.warn(
      { dir: config.dir },
      "the data directory holds a snapshot and no append-only files: Redis starts with appendonly no, because it would ignore the snapshot otherwise; CONFIG SET appendonly yes turns it on once Redis has loaded",
    );
  }
  const configFile = join(config.dir, "redis.conf");
  const text = renderRedisConfig({ ...config, password, holdsOnlySnapshot: isSnapshotOnly });
  await writeRedisConfig(configFile, text);
  return startSupervisedProcess({ binary, args: [configFile], logger });
}
