import { withoutAclRules } from "../redis/acl-file.ts";

/** One line of Redis' log as it is passed on. */
export interface RedisLogLine {
  readonly level: "debug" | "info" | "warn";
  readonly message: string;
  /** The process that wrote it: the server, or a child of it that saves. Absent in lines without Redis' prefix. */
  readonly redisPid?: number;
  /** Redis' letter for what that process is: `M` primary, `S` replica, `C` saving child, `X` sentinel. */
  readonly redisRole?: string;
}

const linePattern =
  /^(?<pid>\d+):(?<role>[A-Z]) \d{1,2} [A-Za-z]{3} \d{4} [\d:.]+ (?<mark>[.*#-]) (?<message>.*)$/;

const levelOfMark: Readonly<Record<string, RedisLogLine["level"]>> = {
  ".": "debug",
  "-": "debug",
  "*": "info",
  "#": "warn",
};

/**
 * Parses `12:M 22 Nov 2026 18:00:00.123 * message`. A line of another form (a fatal configuration error, a crash
 * report, Valkey's other log formats) is passed on whole at info.
 */
export function parseRedisLogLine(line: string): RedisLogLine {
  const { pid, role, mark, message } = linePattern.exec(line)?.groups ?? {};
  if (pid === undefined || role === undefined || mark === undefined || message === undefined) {
    return { level: "info", message: withoutConfigurationValue(line) };
  }
  return {
    level: levelOfMark[mark] ?? "info",
    message: message.includes("ACL errors") ? withoutAclRules(message) : message,
    redisPid: Number(pid),
    redisRole: role,
  };
}

// On a configuration error Redis prints the line at fault, >>> 'requirepass …', and that may hold a password.
function withoutConfigurationValue(line: string): string {
  return line.replace(/^(>>> '\S+).*/, "$1 …'");
}
