import { describe, expect, it } from "vitest";
import { createRecordingLogger } from "../../test/recording-logger.ts";
import { createPersistenceEvents } from "./persistence-events.ts";

const idle = {
  loading: "0",
  rdb_bgsave_in_progress: "0",
  rdb_saves: "3",
  rdb_last_save_time: "1000",
  rdb_last_bgsave_status: "ok",
  rdb_last_bgsave_time_sec: "-1",
  aof_rewrite_in_progress: "0",
  aof_rewrites: "0",
  aof_last_bgrewrite_status: "ok",
  aof_last_rewrite_time_sec: "7",
  aof_base_size: "60",
} as const;

type Info = Readonly<Record<string, string>>;

/** What is logged of these snapshots, seen a second apart. */
async function eventsOf(...snapshots: readonly Info[]) {
  const { logger, lines } = createRecordingLogger();
  let nowMs = 0;
  const note = createPersistenceEvents({ readSnapshotSizeBytes: async () => 90, logger, now: () => nowMs });
  for (const snapshot of snapshots) {
    note(new Map(Object.entries(snapshot)));
    nowMs += 1_000;
  }
  // The size of a file is read meanwhile.
  await Promise.resolve();
  return lines.map(({ level, fields, message }) => ({ level, message, ...fields }));
}

const saving = { ...idle, rdb_bgsave_in_progress: "1", rdb_saves: "4" };
const saved = { ...idle, rdb_saves: "4", rdb_last_save_time: "1005", rdb_last_bgsave_time_sec: "5" };
const savedLine = { level: "info", message: "snapshot saved", durationSeconds: 5, sizeBytes: 90 };
const failed = { ...idle, rdb_saves: "4", rdb_last_bgsave_status: "err" };
const failedLine = { level: "warn", message: "saving a snapshot failed", durationSeconds: undefined };
const rewriting = { ...idle, aof_rewrite_in_progress: "1", aof_rewrites: "1" };
const rewritten = { ...idle, aof_rewrites: "1" };
const rewrittenLine = {
  level: "info",
  message: "append-only file rewritten",
  durationSeconds: 7,
  sizeBytes: 60,
};

/** As a server before 7.0 says it. */
function withoutCounters({ rdb_saves: _saves, aof_rewrites: _rewrites, ...info }: Info): Info {
  return info;
}

describe("createPersistenceEvents", () => {
  it.each<[what: string, snapshots: readonly Info[], lines: readonly unknown[]]>([
    ["nothing of what had happened before", [saved, saved], []],
    ["a save that was seen running", [idle, saving, saving, saved, saved], [savedLine]],
    ["a save between two looks", [idle, saved], [savedLine]],
    ["a second save within a second", [idle, saved, { ...saved, rdb_saves: "5" }], [savedLine, savedLine]],
    ["a save of a server before 7.0", [idle, saving, saved].map(withoutCounters), [savedLine]],
    ["a save when the counters were reset", [idle, saving, { ...saved, rdb_saves: "0" }], [savedLine]],
    ["a save that failed", [idle, saving, failed], [failedLine]],
    ["a save that failed before 7.0", [idle, saving, failed].map(withoutCounters), [failedLine]],
    ["no save that went straight to a replica", [idle, { ...idle, rdb_bgsave_in_progress: "1" }, idle], []],
    ["a rewrite that was seen running", [idle, rewriting, rewritten], [rewrittenLine]],
    ["a rewrite between two looks", [idle, rewritten], [rewrittenLine]],
    ["a rewrite of a server before 7.0", [idle, rewriting, rewritten].map(withoutCounters), [rewrittenLine]],
    [
      "a rewrite that failed",
      [idle, rewriting, { ...rewritten, aof_last_bgrewrite_status: "err" }],
      [{ level: "warn", message: "rewriting the append-only file failed", durationSeconds: 7 }],
    ],
    [
      "a load",
      [{ ...idle, loading: "1", loading_total_bytes: "80" }, { ...idle, loading: "1" }, idle],
      [
        { level: "info", message: "loading begun", totalBytes: 80 },
        { level: "info", message: "loading ended", totalBytes: 80, durationMs: 2_000 },
      ],
    ],
  ])("tells of %s", async (_, snapshots, lines) => {
    expect(await eventsOf(...snapshots)).toEqual(lines);
  });
});
