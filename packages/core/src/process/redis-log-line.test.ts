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
    "12:signal-handler (1795373437) Received SIGTERM scheduling shutdown...",
    "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***",
    "pid=12 role=primary timestamp=2026-11-22T18:00:00.123Z level=notice message=ready",
  ])("passes on a line of another form at info: %s", (line) => {
    expect(parseRedisLogLine(line)).toEqual({ level: "info", message: line });
  });

  it("keeps the rule at fault in an ACL file out of the log", () => {
    const line =
      "12:M 22 Nov 2026 18:00:00.123 # Aborting Redis startup because of ACL errors: /data/users.acl:2: ";
    expect(parseRedisLogLine(`${line}Error in applying operation 'it's-secret': Syntax error`).message).toBe(
      "Aborting Redis startup because of ACL errors: /data/users.acl:2: Error in applying operation '…': Syntax error",
    );
  });

  it("keeps the value of a configuration line at fault out of the log", () => {
    expect(parseRedisLogLine(`>>> 'requirepass "secret" "more"'`).message).toBe(">>> 'requirepass …'");
  });
});
