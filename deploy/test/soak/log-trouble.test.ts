import { expect, it } from "vitest";
import { findLogTroubles } from "../../soak/log-trouble.ts";

it("finds errors and what is no line of a log, and leaves out what the containers run in", () => {
  const output = [
    '{"time":"2026-11-01T12:00:00.000Z","level":"info","msg":"listening"}',
    '{"time":"2026-11-01T12:00:01.000Z","level":"error","msg":"request failed","code":"INTERNAL"}',
    "RangeError: nobody caught it",
    "unshare: sigprocmask unblock failed: Invalid argument",
    "",
  ].join("\n");
  const at = Date.UTC(2026, 10, 1, 12, 0, 1);
  expect(findLogTroubles("redis-0", output)).toEqual([
    { at, pod: "redis-0", level: "error", text: 'request failed "code":"INTERNAL"' },
    { at, pod: "redis-0", level: "error", text: "RangeError: nobody caught it" },
  ]);
});
