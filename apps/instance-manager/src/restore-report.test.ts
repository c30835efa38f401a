import type { RestoreOutcome } from "@redis-operator/core/restore";
import { InstanceError } from "@redis-operator/core/errors";
import { describe, expect, it } from "vitest";
import { createLogReport, createTerminalReport } from "./restore-report.ts";

const outcome: RestoreOutcome = {
  status: "restored",
  source: "s3://backups/nightly.rdb",
  sizeBytes: 2_000_000,
  path: "/data/appendonlydir",
  markerFile: "/data/.restore.json",
  restoredAt: "2026-11-22T01:00:00.000Z",
};

/** A terminal that keeps what is written, line by line, those that are overwritten too. */
function createTerminal() {
  let nowMs = 0;
  let written = "";
  const report = createTerminalReport({ write: (text) => void (written += text) }, () => nowMs);
  return {
    report,
    passSeconds: (seconds: number) => void (nowMs += seconds * 1000),
    lines: () => written.split("\r\u001B[K").slice(1),
  };
}

describe("a report on a terminal", () => {
  it("shows bytes, percent and rate in a line that changes, then each phase", () => {
    const { report, passSeconds, lines } = createTerminal();
    report.progress({ phase: "downloading", receivedBytes: 0, totalBytes: 2_000_000_000 });
    passSeconds(2);
    report.progress({ phase: "downloading", receivedBytes: 300_000_000, totalBytes: 2_000_000_000 });
    report.progress({ phase: "checking", receivedBytes: 2_000_000_000, totalBytes: 2_000_000_000 });
    expect(lines()).toEqual([
      "downloading: 0 bytes of 2.00 GB, 0 %",
      "downloading: 300 MB of 2.00 GB, 15 %, 150 MB/s",
      "checking …",
    ]);
  });

  it.each([
    ["999 bytes", 999],
    ["1.00 kB", 1000],
    ["1.00 MB", 999_950],
    ["12.3 MB", 12_345_678],
    ["5.00 TB", 5e12],
    ["5.00 PB", 5e15],
  ])("writes %s", (text, receivedBytes) => {
    const { report, lines } = createTerminal();
    report.progress({ phase: "downloading", receivedBytes, totalBytes: receivedBytes });
    expect(lines()).toEqual([`downloading: ${text} of ${text}, 100 %`]);
  });

  it("says where the backup is, and where what was there before", () => {
    const { report, lines } = createTerminal();
    report.ended({ ...outcome, replacedFolder: "/data/.before-restore-x" });
    expect(lines()).toEqual([
      "restored s3://backups/nightly.rdb (2000000 bytes) to /data/appendonlydir\n",
      "what was there before is in /data/.before-restore-x\n",
    ]);
  });

  it("says what keys it found beside those of the backup", () => {
    const { report, lines } = createTerminal();
    const backupKeyCounts = { before: { db0: 4 }, after: { db0: 6 } };
    report.ended({ ...outcome, keyCounts: { db0: 5 }, backupKeyCounts });
    expect(lines()).toEqual([
      "restored s3://backups/nightly.rdb (2000000 bytes) to /data/appendonlydir\n",
      'verified: Redis loads keys {"db0":5}; counted before the backup\'s save {"db0":4}, after it {"db0":6}\n',
    ]);
  });

  it("says how to restore anew what was restored before", () => {
    const { report, lines } = createTerminal();
    report.ended({ ...outcome, status: "already-restored" });
    expect(lines()).toEqual([
      "s3://backups/nightly.rdb was restored at 2026-11-22T01:00:00.000Z; nothing was touched now; to restore it anew, remove /data/.restore.json\n",
    ]);
  });

  it("says what was restored over what was restored before", () => {
    const { report, lines } = createTerminal();
    report.ended({ ...outcome, status: "already-restored", earlierSource: "s3://backups/old.rdb" });
    expect(lines()).toEqual([
      "s3://backups/old.rdb was restored before, and over it s3://backups/nightly.rdb was restored at 2026-11-22T01:00:00.000Z; nothing was touched now; to restore it anew, remove /data/.restore.json\n",
    ]);
  });

  it.each([
    [
      new InstanceError("RESTORE_NO_SPACE", "it needs 5 bytes"),
      "restore failed: RESTORE_NO_SPACE: it needs 5 bytes\n",
    ],
    ["a defect", "restore failed: a defect\n"],
  ])("says in one line that it failed: %s", (error, line) => {
    const { report, lines } = createTerminal();
    report.failed(error);
    expect(lines()).toEqual([line]);
  });

  it("passes warnings on", () => {
    const { report, lines } = createTerminal();
    report.logger.info({}, "not for people");
    report.logger.warn({ receivedBytes: 5 }, "the download broke off");
    expect(lines()).toEqual(['warning: the download broke off {"receivedBytes":5}\n']);
  });
});

describe("a report in a log", () => {
  it("has a line for each phase and every ten seconds, and one for the end", () => {
    let nowMs = 0;
    const lines: unknown[] = [];
    const add = (fields: object, message: string) => void lines.push({ ...fields, message });
    const report = createLogReport({ debug: add, info: add, warn: add, error: add }, () => nowMs);
    for (const atMs of [0, 9_999, 10_000, 15_000]) {
      nowMs = atMs;
      report.progress({ phase: "downloading", receivedBytes: atMs, totalBytes: 20_000 });
    }
    report.progress({ phase: "checking", receivedBytes: 20_000, totalBytes: 20_000 });
    report.ended(outcome);
    report.failed(new InstanceError("RESTORE_NO_SPACE", "why"));
    expect(lines).toEqual([
      { phase: "downloading", receivedBytes: 0, totalBytes: 20_000, percent: 0, message: "restoring" },
      { phase: "downloading", receivedBytes: 10_000, totalBytes: 20_000, percent: 50, message: "restoring" },
      { phase: "checking", receivedBytes: 20_000, totalBytes: 20_000, percent: 100, message: "restoring" },
      {
        ...outcome,
        durationMs: 15_000,
        message: "restored s3://backups/nightly.rdb (2000000 bytes) to /data/appendonlydir",
      },
      { code: "RESTORE_NO_SPACE", message: "restore failed: why" },
    ]);
  });
});
