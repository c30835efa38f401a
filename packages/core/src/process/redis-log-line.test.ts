import { describe, expect, it } from "vitest";
import { parseRedisLogLine } from "./redis-log-line.ts";

describe("parseRedisLogLine", () => {
  it.each([
    [".", "debug"],
    ["-", "debug"],
    ["*", "info"],
    ["#", "warn"],
  ])("reads the level %s as %s", (mark, level) => {
    expect(parseRedisLogLine(`12:M 22 Nov 2026 18:00:00.123 ${mark} Ready: # accept * x`)).toEqual({
      level,
      message: "Ready: # accept * x",
      redisPid: 12,
      redisRole: "M",
    });
  });

  it.each([
    ["Redis 6.2 to 8, Valkey", "12:S 02 Nov 2026 18:00:00.123 * ready", { level: "info", redisRole: "S" }],
    ["a saving child", "12:C 22 Nov 2026 18:00:00.123 * ready", { level: "info", redisRole: "C" }],
    ["a sentinel", "12:X 22 Nov 2026 18:00:00.123 # ready", { level: "warn", redisRole: "X" }],
    [
      "log-timestamp-format iso8601",
      "12:M 2026-11-22T18:00:00.123+01:00 * ready",
      { level: "info", redisRole: "M" },
    ],
    ["log-timestamp-format milliseconds", "12:M 1795370400123 # ready", { level: "warn", redisRole: "M" }],
    [
      "log-format logfmt, primary, debug",
      'pid=12 role=primary timestamp="22 Nov 2026 18:00:00.123" level=debug message="ready"',
      { level: "debug", redisRole: "M" },
    ],
    [
      "log-format logfmt, replica, info",
      'pid=12 role=replica timestamp="2026-11-22T18:00:00.123Z" level=info message="ready"',
      { level: "debug", redisRole: "S" },
    ],
    [
      "log-format logfmt, saving child, notice",
      'pid=12 role=RDB/AOF timestamp="1795370400123" level=notice message="ready"',
      { level: "info", redisRole: "C" },
    ],
    [
      "log-format logfmt, sentinel, warning",
      'pid=12 role=sentinel timestamp="1795370400123" level=warning message="ready"',
      { level: "warn", redisRole: "X" },
    ],
    ["a signal handler", "12:signal-handler (1795373437) ready", { level: "info" }],
  ])("reads the form of %s", (_, line, expected) => {
    expect(parseRedisLogLine(line)).toEqual({ message: "ready", redisPid: 12, ...expected });
  });

  it.each(["*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***", "12:M ready", "pid=12 message=ready"])(
    "leaves a line of another form whole, without a level: %s",
    (line) => {
      expect(parseRedisLogLine(line)).toEqual({ message: line });
    },
  );

  it("keeps the rule at fault in an ACL file out of the log", () => {
    const line =
      "12:M 22 Nov 2026 18:00:00.123 # Aborting Redis startup because of ACL errors: /data/users.acl:2: ";
    expect(parseRedisLogLine(`${line}Error in applying operation 'it's-secret': Syntax error`).message).toBe(
      "Aborting Redis startup because of ACL errors: /data/users.acl:2: Error in applying operation '…': Syntax error",
    );
  });

  it.each([
    [`>>> 'requirepass "secret" "more"'`, ">>> 'requirepass …'"],
    [">>> 'requirepass=secret'", ">>> 'requirepass…'"],
    [">>> 'secret'", ">>> '…'"],
    ["Error in user declaration '>secret': Syntax error", "Error in user declaration '…': Syntax error"],
    [
      "Error in user declaration '>it's: secret': Syntax error",
      "Error in user declaration '…': Syntax error",
    ],
    [`argv[1]: '"secret"'`, "argv[1]: …"],
    [`argv[0]: '"AUTH"'`, `argv[0]: '"AUTH"'`],
    [
      "12:M 22 Nov 2026 18:00:00.123 # key 'secret' found in DB containing the following object:",
      "key '…' found in DB containing the following object:",
    ],
    ['12:M 22 Nov 2026 18:00:00.123 # Object raw string content: "secret"', "Object raw string content: …"],
  ])("keeps what Redis quotes out of the log: %s", (line, message) => {
    expect(parseRedisLogLine(line).message).toBe(message);
  });
});
