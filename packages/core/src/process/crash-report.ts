import type { RedisLogLine } from "./redis-log-line.ts";

/**
 * Where a line of Redis' log stands. `cause`: at the head of a crash report, it says why Redis crashed; `hidden`: it goes on with
 * an argument of a command, which may be a secret or anybody's data.
 */
export type LinePlace = "outside" | "cause" | "report" | "hidden";

type Part = "none" | "head" | "body" | "argument" | "farewell";

const begin = /^=== [A-Z]+ BUG REPORT START/;
const end = /^=== [A-Z]+ BUG REPORT END/;
const argument = /^argv\[\d+\]: /;
const heading = /^-{6} /;

/**
 * Creates a reader of Redis' log that tells which lines belong to a crash report: from its first line on, to the next that
 * has Redis' prefix after its end. The server itself may live on: a child that saves crashes by itself.
 */
export function createCrashReportReader(): (line: RedisLogLine) => LinePlace {
  let part: Part = "none";
  return (line) => {
    part = nextPart(part, line);
    if (part === "none") return "outside";
    if (part === "head" && line.redisPid !== undefined) return "cause";
    return part === "argument" && !argument.test(line.message) ? "hidden" : "report";
  };
}

function nextPart(part: Part, { message, redisPid }: RedisLogLine): Part {
  if (begin.test(message)) return "head";
  if (part === "none") return "none";
  if (end.test(message)) return "farewell";
  if (part === "farewell") return redisPid === undefined ? "farewell" : "none";
  if (argument.test(message)) return "argument";
  if (heading.test(message)) return "body";
  // An argument may hold line breaks.
  return part === "argument" && redisPid !== undefined ? "body" : part;
}
