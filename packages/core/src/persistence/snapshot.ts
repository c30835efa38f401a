import { join } from "node:path";
import { readConfig } from "../redis/config-get.ts";
import type { RedisConnection } from "../redis/connection.ts";
import {
  type BackgroundJob,
  type BackgroundJobOptions,
  type JobObservations,
  runBackgroundJob,
  withFailureCode,
} from "./background-job.ts";
import { requireDirective } from "./require-directive.ts";

const snapshotJob: BackgroundJob = {
  command: "BGSAVE",
  purpose: "taking a snapshot",
  failureCode: "SNAPSHOT_FAILED",
  pendingFields: ["rdb_bgsave_in_progress"],
  statusField: "rdb_last_bgsave_status",
  counterField: "rdb_saves",
};

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
    const observed = await runBackgroundJob(redis, snapshotJob, options);
    const config = await readConfig(redis, ["dir", "dbfilename"]);
    const path = join(requireDirective(config, "dir"), requireDirective(config, "dbfilename"));
    return { ...observed, path };
  });
}
