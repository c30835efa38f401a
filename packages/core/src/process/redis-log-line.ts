import { withoutAclRules } from "../redis/acl-file.ts";

/** How much a line of Redis' log matters. */
export type RedisLogLevel = "debug" | "info" | "warn" | "error";

/** One line of Redis' log as it is passed on. */
export interface RedisLogLine {
  /** Absent in a line without Redis' prefix, which says nothing of it: what a module prints, a crash report. */
  readonly level?: RedisLogLevel;
  readonly message: string;
  /** The process that wrote it: the server, or a child of it that saves. */
  readonly redisPid?: number;
  /** Redis' letter for what that process is: `M` primary, `S` replica, `C` saving child, `X` sentinel. */
  readonly redisRole?: string;
}

// Redis' own, and Valkey's three `log-timestamp-format`s: legacy, iso8601, milliseconds.
const time = String.raw`(?:\d{1,2} [A-Za-z]{3} \d{4} [\d:.]+|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)|\d{13})`;
const linePattern = new RegExp(
  String.raw`^(?<pid>\d+):(?<role>[A-Z]) ${time} (?<mark>[.*#-]) (?<message>.*)$`,
);
// Valkey's `log-format logfmt`; it puts ' in place of " within the message.
const logfmtPattern =
  /^pid=(?<pid>\d+) role=(?<role>\S+) timestamp="[^"]*" level=(?<mark>[a-z]+) message="(?<message>.*)"$/;
const signalPattern = /^(?<pid>\d+):signal-handler \(\d+\) (?<message>.*)$/;

const levelOfMark: Readonly<Record<string, RedisLogLevel>> = {
  ".": "debug",
  "-": "debug",
  "*": "info",
  "#": "warn",
  debug: "debug",
  info: "debug",
  notice: "info",
  warning: "warn",
};

const letterOfRole: Readonly<Record<string, string>> = {
  primary: "M",
  replica: "S",
  "RDB/AOF": "C",
  sentinel: "X",
};

/**
 * Parses `12:M 22 Nov 2026 18:00:00.123 * message`, its like of other servers and settings, and what a signal handler writes
 * (`12:signal-handler (1795373437) message`). A line of another form is passed on whole. Its time is left out: it has no zone, and
 * the line is passed on at once.
 */
export function parseRedisLogLine(line: string): RedisLogLine {
  const groups = (linePattern.exec(line) ?? logfmtPattern.exec(line) ?? signalPattern.exec(line))?.groups;
  if (groups === undefined) return { message: withoutSecrets(line) };
  const { pid, role, mark = "*", message = "" } = groups;
  return {
    level: levelOfMark[mark] ?? "info",
    message: withoutSecrets(message),
    redisPid: Number(pid),
    ...(role !== undefined && { redisRole: letterOfRole[role] ?? role }),
  };
}

// What Redis quotes may be a password or the user's data: the line of its configuration at fault, >>> 'requirepass …'; the
// command that it crashed in, its key and what was under that.
const quotations: readonly RegExp[] = [
  /^(>>> '(?:[A-Za-z-]+(?=[\s=])\s?)?).*?('?)$/,
  /^(Error in user declaration ').*(': .*)$/,
  /^(argv\[[1-9]\d*\]: ).*()$/,
  /^(key ').*(' found in DB containing the following object:)$/,
  /^(Object raw string content: ).*()$/,
];

function withoutSecrets(message: string): string {
  if (message.includes("ACL errors")) return withoutAclRules(message);
  const pattern = quotations.find((quotation) => quotation.test(message));
  return pattern === undefined ? message : message.replace(pattern, "$1…$2");
}
