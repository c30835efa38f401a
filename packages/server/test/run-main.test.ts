import { fileURLToPath } from "node:url";
import { startProcess, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";

const fixture = fileURLToPath(new URL("fixtures/main.ts", import.meta.url));

function run(main: string) {
  return startProcess({ command: process.execPath, args: [fixture, main] });
}

describe("runMain", () => {
  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "hands %s to main as a stop request and exits with 0 when main returns, whatever is still open",
    async (signal) => {
      await using app = await run("waits");
      await waitFor(() => app.output().includes("waiting"), { what: "main to wait" });
      app.kill(signal);
      expect(await app.exited).toEqual({ code: 0, signal: null });
      expect(app.output()).toContain(`${signal} aborted=true`);
    },
  );

  it("exits with 0 and without a word when the stop request cut main short", async () => {
    await using app = await run("is cut short");
    await waitFor(() => app.output().includes("waiting"), { what: "main to wait" });
    app.kill("SIGTERM");
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(app.output()).toBe("waiting\n");
  });

  it.each(["breaks in the background", "rejects in the background"])(
    "logs an error that nobody caught and stops in order with exit code 1: %s",
    async (main) => {
      await using app = await run(main);
      expect(await app.exited).toEqual({ code: 1, signal: null });
      expect(app.output()).toMatch(/"level":"fatal".*"pod":"pod-0".*"message":"unforeseen"/);
      expect(app.output()).toContain("stopped for uncaught-error");
    },
  );

  it("logs why main failed, with its cause and who writes, whatever the log's level, and exits with 1", async () => {
    await using app = await run("can't start");
    expect(await app.exited).toEqual({ code: 1, signal: null });
    const line: unknown = JSON.parse(app.output());
    expect(line).toMatchObject({
      level: "fatal",
      app: "fixture",
      pod: "pod-0",
      err: { message: "outer", cause: { message: "inner" } },
    });
  });

  it("logs why there was nothing to log with yet, and exits with 1", async () => {
    await using app = await run("is broken");
    expect(await app.exited).toEqual({ code: 1, signal: null });
    expect(app.output()).toMatch(/"level":"fatal".*"message":"unforeseen"/);
  });

  it("prints every issue of the environment as a line and exits with 1", async () => {
    await using app = await run("is told nonsense");
    expect(await app.exited).toEqual({ code: 1, signal: null });
    expect(app.output()).toBe("A: one\nB: two\n");
  });
});
