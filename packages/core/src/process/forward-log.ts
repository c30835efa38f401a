import type { Readable } from "node:stream";
import type { Logger } from "../logger.ts";
import { createCrashReportReader } from "./crash-report.ts";
import { createLinkAttemptFilter } from "./link-attempts.ts";
import { parseRedisLogLine } from "./redis-log-line.ts";

// Redis cuts its own messages at 1 KiB; the rest are crash reports and what a module prints.
const maxLineLength = 4_096;

/** Where {@link forwardLog} passes lines on to. */
export interface ForwardLogOptions {
  readonly logger: Logger;
  /** Of lines that don't tell their own: `error` where what is written says why Redis can't run. */
  readonly plainLevel: "info" | "error";
  /** Is told the message of each line that is passed on; of a crash report, only what says why. */
  readonly onLine?: (message: string) => void;
}

/**
 * Passes on what Redis writes, line by line, through the logger. Blank lines are dropped, a longer line is cut at
 * 4,096 characters, a last line without an end is passed on when the stream ends. Attempts to reach a primary that are
 * repeated each second are passed on once a minute. A crash report is passed on at error, without what the command held.
 */
export function forwardLog(stream: Readable, { logger, plainLevel, onLine }: ForwardLogOptions): void {
  let rest = "";
  let isCutting = false;
  const readPlace = createCrashReportReader();
  const isWorthTelling = createLinkAttemptFilter(() => performance.now());

  function forward(line: string) {
    const text = line.trimEnd();
    if (text === "") return;
    const parsed = parseRedisLogLine(text);
    const place = readPlace(parsed);
    const { level = plainLevel, message, ...fields } = parsed;
    if (place === "hidden" || !isWorthTelling(message)) return;
    logger[place === "outside" ? level : "error"]({ source: "redis", ...fields }, message);
    if (place !== "report") onLine?.(message);
  }

  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!isCutting) forward(line.slice(0, maxLineLength));
      isCutting = false;
    }
    if (rest.length > maxLineLength) {
      if (!isCutting) forward(rest.slice(0, maxLineLength));
      isCutting = true;
      rest = "";
    }
  });
  stream.on("end", () => {
    if (!isCutting) forward(rest);
  });
  // The stream's end is all there is to say; why the process ended is told by its exit.
  stream.on("error", () => undefined);
}
