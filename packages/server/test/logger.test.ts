import { fileURLToPath } from "node:url";
import { startProcess } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";

async function readLog(level: string, fixture = "log.ts") {
  const path = fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url));
  await using app = await startProcess({ command: process.execPath, args: [path, level] });
  await app.exited;
  const lines = app.output().trimEnd().split("\n");
  return { text: app.output(), entries: lines.map((line): unknown => JSON.parse(line)) };
}

describe("createLogger", () => {
  it("writes JSON lines with level, ISO time, who logs and the message", async () => {
    const { entries } = await readLog("info");
    expect(entries[0]).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      pod: "pod-0",
      field: 1,
      msg: "message",
    });
  });

  it("writes the id of the request that a line is of", async () => {
    const { entries } = await readLog("info");
    expect(entries.at(-1)).toMatchObject({ requestId: "failover-7", msg: "of a request" });
  });

  it("logs nothing below its level", async () => {
    expect((await readLog("error")).entries).toHaveLength(1);
  });

  it("has written every line, in order, when the process exits right after the last one", async () => {
    const { entries } = await readLog("info", "log-and-exit.ts");
    expect(entries).toMatchObject([{ line: 0 }, { line: 1 }, { line: 2 }]);
  });

  it("keeps of an error its name, code, message, stack and cause, not what a client attached to it", async () => {
    const { text, entries } = await readLog("error");
    expect(entries[0]).toMatchObject({
      err: {
        type: "Error",
        code: "E_OUTER",
        message: "outer",
        stack: expect.any(String),
        cause: { message: "inner" },
      },
    });
    expect(text).not.toContain("secret");
  });
});
