import { join } from "node:path";
import type { Logger } from "../logger.ts";
import { readPasswordFile } from "../redis/password-file.ts";
import {
  type FirstPrimary,
  prepareSentinelConfig,
  type SentinelConfigSettings,
} from "../redis/sentinel-config.ts";
import { makeDataDirectory } from "./data-directory.ts";
import { startSupervisedProcess, type SupervisedProcess } from "./supervised-process.ts";

/** What {@link startRedisSentinel} starts. */
export interface RedisSentinelOptions {
  readonly binary: string;
  /** File with the password that Sentinel will ask for, and show to the instances; unset: what its configuration says. */
  readonly passwordFile: string | undefined;
  /** The configuration that the very first start begins with. */
  readonly seedFile: string | undefined;
  /** What that start begins to monitor, beside what the seed says. */
  readonly firstPrimary: FirstPrimary | undefined;
  readonly config: Omit<SentinelConfigSettings, "password">;
  readonly logger: Logger;
}

/**
 * Starts redis-sentinel as a child on the sentinel.conf in its working directory, which is its state.
 *
 * @throws InstanceError `PROCESS_START_FAILED` if the directory can't be made or the binary can't be run;
 * `REDIS_CONFIG_INVALID`, `REDIS_AUTH_FAILED` if the configuration can't be made.
 */
export async function startRedisSentinel(options: RedisSentinelOptions): Promise<SupervisedProcess> {
  const { binary, passwordFile, seedFile, firstPrimary, config, logger } = options;
  await makeDataDirectory(config.dir);
  const password = passwordFile === undefined ? undefined : await readPasswordFile(passwordFile);
  const path = join(config.dir, "sentinel.conf");
  await prepareSentinelConfig({ path, seedFile, firstPrimary }, { ...config, password });
  // The option makes a sentinel of a redis-server too.
  return startSupervisedProcess({ binary, args: [path, "--sentinel"], logger });
}
