import { join } from "node:path";
import { InstanceError } from "../errors.ts";
import { readConfig } from "../redis/config-get.ts";
import type { RedisConnection } from "../redis/connection.ts";
import {
  type BackgroundJobOptions,
  type JobObservations,
  runBackgroundJob,
  withFailureCode,
} from "./background-job.ts";
import { readBaseVersion } from "./job-product.ts";
import { requireDirective } from "./require-directive.ts";

const rewriteJob = {
  command: "BGREWRITEAOF",
  purpose: "rewriting the append-only file",
  failureCode: "AOF_REWRITE_FAILED",
  // While a save runs Redis only schedules the rewrite; in_progress and the last status look fine meanwhile.
  pendingFields: ["aof_rewrite_in_progress", "aof_rewrite_scheduled"],
  statusField: "aof_last_bgrewrite_status",
  counterField: "aof_rewrites",
} as const;

/** Where the append-only files of a Redis lie, as Redis sees it. */
export interface AppendOnlyDirectory {
  readonly path: string;
  /** Name of the manifest in it. */
  readonly manifestName: string;
}

/** A rewrite that Redis has done. */
export interface AofRewrite extends JobObservations {
  readonly directory: AppendOnlyDirectory;
}

/**
 * Has Redis rewrite its append-only file, so that the base file holds everything written before this call.
 *
 * @throws InstanceError `AOF_DISABLED` if there is no append-only directory (`appendonly no`, or Redis is older
 * than 7.0); `AOF_REWRITE_FAILED`; the reason of `signal` if that aborts.
 */
export async function rewriteAof(redis: RedisConnection, options: BackgroundJobOptions): Promise<AofRewrite> {
  return await withFailureCode(rewriteJob, options.signal, async () => {
    await requireAppendOnlyDirectory(redis);
    const product = {
      what: "the base of the append-only directory",
      readVersion: async () => await readBaseVersion(manifestFile(await locateDirectory(redis))),
    };
    const observed = await runBackgroundJob(redis, { ...rewriteJob, product }, options);
    return { ...observed, directory: await locateDirectory(redis) };
  });
}

async function locateDirectory(redis: RedisConnection): Promise<AppendOnlyDirectory> {
  const config = await readConfig(redis, ["dir", "appenddirname", "appendfilename"]);
  return {
    path: join(requireDirective(config, "dir"), requireDirective(config, "appenddirname")),
    manifestName: `${requireDirective(config, "appendfilename")}.manifest`,
  };
}

function manifestFile({ path, manifestName }: AppendOnlyDirectory): string {
  return join(path, manifestName);
}

async function requireAppendOnlyDirectory(redis: RedisConnection): Promise<void> {
  const config = await readConfig(redis, ["appendonly", "appenddirname"]);
  if (config.get("appendonly") !== "yes") {
    throw new InstanceError("AOF_DISABLED", `Redis at ${redis.address} keeps no AOF: appendonly is not yes`);
  }
  if (!config.has("appenddirname")) {
    throw new InstanceError(
      "AOF_DISABLED",
      `Redis at ${redis.address} has no append-only directory: that needs Redis 7.0 or later`,
    );
  }
}
