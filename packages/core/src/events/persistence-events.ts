import type { Logger } from "../logger.ts";
import type { InfoSnapshot } from "../redis/info.ts";

/** What {@link createPersistenceEvents} needs. */
export interface PersistenceEventsDeps {
  /** Never rejects. */
  readonly readSnapshotSizeBytes: () => Promise<number | undefined>;
  readonly logger: Logger;
  readonly now: () => number;
}

/** A job that Redis does in a child, and where `INFO` tells of it. */
interface Job {
  /** Whatever grows by one more: those begun, or the time of the last. Servers older than 7.0 lack the former. */
  readonly growing: readonly string[];
  readonly running: string;
  readonly status: string;
  readonly duration: string;
  readonly done: string;
  readonly failed: string;
}

// A save that goes straight to a replica sets the flag too, and leaves all else as it is: no file comes of it.
const save: Job = {
  growing: ["rdb_saves", "rdb_last_save_time"],
  running: "rdb_bgsave_in_progress",
  status: "rdb_last_bgsave_status",
  duration: "rdb_last_bgsave_time_sec",
  done: "snapshot saved",
  failed: "saving a snapshot failed",
};

const rewrite: Job = {
  growing: ["aof_rewrites", "aof_rewrite_in_progress"],
  running: "aof_rewrite_in_progress",
  status: "aof_last_bgrewrite_status",
  duration: "aof_last_rewrite_time_sec",
  done: "append-only file rewritten",
  failed: "rewriting the append-only file failed",
};

/** Creates a listener to the `INFO` of one run of Redis that logs each load, and each save and rewrite that has ended. */
export function createPersistenceEvents(deps: PersistenceEventsDeps): (info: InfoSnapshot) => void {
  const { readSnapshotSizeBytes, logger } = deps;
  const now = () => Math.round(deps.now());
  const isSaveOver = createJobWatch(save);
  const isRewriteOver = createJobWatch(rewrite);
  let loading: { readonly since: number; readonly totalBytes: number | undefined } | undefined;

  function noteLoading(info: InfoSnapshot): void {
    const isLoading = info.get("loading") === "1" || info.get("async_loading") === "1";
    if (isLoading && loading === undefined) {
      loading = { since: now(), totalBytes: numberIn(info, "loading_total_bytes") };
      logger.info({ totalBytes: loading.totalBytes }, "loading begun");
    } else if (!isLoading && loading !== undefined) {
      logger.info({ totalBytes: loading.totalBytes, durationMs: now() - loading.since }, "loading ended");
      loading = undefined;
    }
  }

  async function report(job: Job, info: InfoSnapshot): Promise<void> {
    const durationSeconds = numberIn(info, job.duration);
    if (info.get(job.status) !== "ok") {
      logger.warn({ durationSeconds }, job.failed);
      return;
    }
    const sizeBytes = job === save ? await readSnapshotSizeBytes() : numberIn(info, "aof_base_size");
    logger.info({ durationSeconds, sizeBytes }, job.done);
  }

  return (info) => {
    noteLoading(info);
    if (isSaveOver(info)) void report(save, info);
    if (isRewriteOver(info)) void report(rewrite, info);
  };
}

/** Creates a listener that tells of each `INFO` whether a job has ended since the one before. */
function createJobWatch({ growing, running, status }: Job): (info: InfoSnapshot) => boolean {
  let last: InfoSnapshot | undefined;
  let isPending = false;
  return (info) => {
    const before = last;
    last = info;
    if (before === undefined) return false;
    isPending ||= growing.some((field) => hasGrown(field, before, info));
    isPending ||= before.get(status) === "ok" && info.get(status) === "err";
    if (!isPending || info.get(running) === "1") return false;
    isPending = false;
    return true;
  };
}

function hasGrown(field: string, before: InfoSnapshot, info: InfoSnapshot): boolean {
  return (numberIn(info, field) ?? 0) > (numberIn(before, field) ?? Infinity);
}

/** The number in a field; `undefined` where there is none, or -1 for "never". */
function numberIn(info: InfoSnapshot, field: string): number | undefined {
  const value = Number(info.get(field) ?? Number.NaN);
  return value >= 0 ? value : undefined;
}
