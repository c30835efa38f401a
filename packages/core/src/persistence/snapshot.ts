import { join } from "node:path";
import { readConfig } from "../redis/config-get.ts";
import type { RedisConnection } from "../redis/connection.ts";
import {
  type BackgroundJob,
  type BackgroundJobOptions,
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

/**
 * Has Redis write a snapshot of what it holds now.
 *
 * @returns The path of the RDB file, as Redis sees it. A later save replaces the file by rename, so a descriptor
 * keeps the snapshot that it was opened on.
 * @throws InstanceError `SNAPSHOT_FAILED`; the reason of `signal` if that aborts.
 */
export async function takeSnapshot(redis: RedisConnection, options: BackgroundJobOptions): Promise<string> {
  return await withFailureCode(snapshotJob, options.signal, async () => {
    await runBackgroundJob(redis, snapshotJob, options);
    const config = await readConfig(redis, ["dir", "dbfilename"]);
    return join(requireDirective(config, "dir"), requireDirective(config, "dbfilename"));
  });
}
