import { join } from "node:path";
import { readConfig } from "../redis/config-get.ts";
import type { RedisConnection } from "../redis/connection.ts";
import {
  type BackgroundJobOptions,
  type JobObservations,
  runBackgroundJob,
  withFailureCode,
} from "./background-job.ts";
import { readSnapshotVersion } from "./job-product.ts";
import { requireDirective } from "./require-directive.ts";

const snapshotJob = {
  command: "BGSAVE",
  purpose: "taking a snapshot",
  failureCode: "SNAPSHOT_FAILED",
  pendingFields: ["rdb_bgsave_in_progress"],
  statusField: "rdb_last_bgsave_status",
  counterField: "rdb_saves",
} as const;

/** A snapshot that Redis has written. */
export interface Snapshot extends JobObservations {
  /**
   * The RDB file, as Redis sees it. A later save replaces it by rename, so a descriptor keeps the snapshot that it was
   * opened on.
   */
  readonly path: string;
}

/**
 * Has Redis write a snapshot of what it holds now.
 *
 * @throws InstanceError `SNAPSHOT_FAILED`; the reason of `signal` if that aborts.
 */
export async function takeSnapshot(redis: RedisConnection, options: BackgroundJobOptions): Promise<Snapshot> {
  return await withFailureCode(snapshotJob, options.signal, async () => {
    const product = {
      what: "the RDB file",
      readVersion: async () => await readSnapshotVersion(await locateSnapshot(redis)),
    };
    const observed = await runBackgroundJob(redis, { ...snapshotJob, product }, options);
    return { ...observed, path: await locateSnapshot(redis) };
  });
}

async function locateSnapshot(redis: RedisConnection): Promise<string> {
  const config = await readConfig(redis, ["dir", "dbfilename"]);
  return join(requireDirective(config, "dir"), requireDirective(config, "dbfilename"));
}
