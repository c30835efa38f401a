import { isInstanceError } from "@redis-operator/core/errors";
import type { Logger } from "@redis-operator/core/logger";
import type { RestoreOutcome, RestoreProgress } from "@redis-operator/core/restore";

/** Where a restore says how it goes. */
export interface RestoreReport {
  readonly logger: Logger;
  progress(progress: RestoreProgress): void;
  ended(outcome: RestoreOutcome): void;
  failed(error: unknown): void;
}

// A line per quarter second is for a terminal; a log shows that it goes on.
const logIntervalMs = 10_000;

/** Reports as structured lines. */
export function createLogReport(logger: Logger, now: () => number): RestoreReport {
  const startedAt = now();
  let last: { readonly phase: string; readonly at: number } | undefined;
  return {
    logger,
    progress({ phase, receivedBytes, totalBytes }) {
      const at = now();
      if (last?.phase === phase && at - last.at < logIntervalMs) return;
      last = { phase, at };
      const percent = percentOf(receivedBytes, totalBytes);
      logger.info({ phase, receivedBytes, totalBytes, percent }, "restoring");
    },
    ended(outcome) {
      const durationMs = Math.round(now() - startedAt);
      logger.info({ ...outcome, durationMs }, describeOutcome(outcome));
    },
    failed(error) {
      if (isInstanceError(error)) logger.error({ code: error.code }, `restore failed: ${error.message}`);
      else logger.error({ err: error }, "restore failed");
    },
  };
}

/** The part of a terminal that is written to. */
export interface Terminal {
  write(text: string): void;
}

// Before, the rate says nothing.
const minRateSeconds = 0.2;
const clearLine = "\r\u001B[K";

/** Reports to a person: a line that changes while it goes on, then what happened. */
export function createTerminalReport(terminal: Terminal, now: () => number): RestoreReport {
  let first: { readonly receivedBytes: number; readonly at: number } | undefined;
  const say = (text: string) => terminal.write(`${clearLine}${text}\n`);
  return {
    logger: {
      debug: () => undefined,
      info: () => undefined,
      warn: (fields, message) => say(`warning: ${message} ${JSON.stringify(fields)}`),
      error: (fields, message) => say(`error: ${message} ${JSON.stringify(fields)}`),
    },
    progress({ phase, receivedBytes, totalBytes }) {
      first ??= { receivedBytes, at: now() };
      const seconds = (now() - first.at) / 1000;
      const rate =
        seconds > minRateSeconds ? `, ${formatBytes((receivedBytes - first.receivedBytes) / seconds)}/s` : "";
      const amount = `${formatBytes(receivedBytes)} of ${formatBytes(totalBytes)}`;
      const percent = percentOf(receivedBytes, totalBytes);
      const text = phase === "downloading" ? `${phase}: ${amount}, ${percent} %${rate}` : `${phase} …`;
      terminal.write(`${clearLine}${text}`);
    },
    ended(outcome) {
      say(describeOutcome(outcome));
      const { replacedFolder, keyCounts, backupKeyCounts } = outcome;
      if (replacedFolder !== undefined) say(`what was there before is in ${replacedFolder}`);
      if (keyCounts === undefined || backupKeyCounts === undefined) return;
      const [found, before, after] = [keyCounts, backupKeyCounts.before, backupKeyCounts.after].map(
        (counts) => JSON.stringify(counts),
      );
      say(
        `verified: Redis loads keys ${found}; counted before the backup's save ${before}, after it ${after}`,
      );
    },
    failed(error) {
      if (isInstanceError(error)) say(`restore failed: ${error.code}: ${error.message}`);
      else say(`restore failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    },
  };
}

function describeOutcome(outcome: RestoreOutcome): string {
  const { status, source, earlierSource, path, sizeBytes, markerFile, restoredAt } = outcome;
  if (status === "restored") return `restored ${source} (${sizeBytes} bytes) to ${path}`;
  const done = `${source} was restored at ${restoredAt}`;
  const what =
    earlierSource === undefined ? done : `${earlierSource} was restored before, and over it ${done}`;
  return `${what}; nothing was touched now; to restore it anew, remove ${markerFile}`;
}

function percentOf(receivedBytes: number, totalBytes: number): number {
  return totalBytes === 0 ? 100 : Math.floor((receivedBytes / totalBytes) * 100);
}

const units = ["bytes", "kB", "MB", "GB", "TB", "PB"] as const;

/** Decimal units, three digits: `12.3 MB`. */
function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const text = unit === 0 ? String(Math.round(value)) : value.toPrecision(3);
  return `${text} ${units[unit] ?? ""}`;
}
