import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { freePort, startBlackHole, startRedisServer, startSentinel, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createAttachedProcess } from "../src/process/attached-process.ts";
import { isPortRefused } from "../src/process/port-probe.ts";
import { createProcessTable } from "../src/process/proc-table.ts";
import { readProcessId } from "../src/process/process-id.ts";
import { createRedisConnection } from "../src/redis/connection.ts";

const host = "127.0.0.1";

function attach({ port, binary, procDir = "/proc" }: { port: number; binary: string; procDir?: string }) {
  const redis = createRedisConnection({ host, port, connectTimeoutMs: 500, commandTimeoutMs: 500 });
  const attached = createAttachedProcess({
    binary,
    processTable: createProcessTable(procDir),
    readProcessId: () => readProcessId(redis),
    isPortRefused: () => isPortRefused({ host, port, timeoutMs: 500 }),
  });
  return { ...attached, [Symbol.dispose]: () => redis.close() };
}

const withProc = existsSync("/proc/self/stat") ? ["/proc", "/nonexistent"] : ["/nonexistent"];

describe.each(withProc)("createAttachedProcess with the process table of %s", (procDir) => {
  const binary = "redis-server";

  it("sees a redis-server killed and another one started in its place", async () => {
    const first = await startRedisServer();
    using attached = attach({ port: first.port, binary, procDir });
    expect(await attached.isRunning()).toBe(true);
    first.process.kill("SIGKILL");
    await first.process.exited;
    expect(await attached.isRunning()).toBe(false);
    await first.stop();
    await using second = await startRedisServer({ port: first.port });
    expect(await attached.isRunning()).toBe(true);
    second.process.kill("SIGKILL");
    await second.process.exited;
    expect(await attached.isRunning()).toBe(false);
  });

  it("takes one that is stopped with SIGSTOP for running, contacted before or not", async () => {
    await using server = await startRedisServer();
    using contacted = attach({ port: server.port, binary, procDir });
    await contacted.isRunning();
    server.process.kill("SIGSTOP");
    using fresh = attach({ port: server.port, binary, procDir });
    expect(await contacted.isRunning()).toBe(true);
    expect(await fresh.isRunning()).toBe(true);
  });

  it("sees a redis-sentinel", async () => {
    await using sentinel = await startSentinel();
    using attached = attach({ port: sentinel.port, binary: "redis-sentinel", procDir });
    expect(await attached.isRunning()).toBe(true);
    sentinel.process.kill("SIGKILL");
    await sentinel.process.exited;
    expect(await attached.isRunning()).toBe(false);
  });

  it("sees none where nothing of that name runs and nothing listens", async () => {
    using attached = attach({ port: await freePort(), binary: "no-such-redis", procDir });
    expect(await attached.isRunning()).toBe(false);
  });
});

describe.runIf(existsSync("/proc/self/stat"))("createAttachedProcess", () => {
  it("takes a zombie for dead", async () => {
    // The shell becomes a tail that never collects its child. The child ends only then: the shell itself would.
    const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec tail -f /dev/null"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      const [output]: unknown[] = await once(parent.stdout, "data");
      const pid = Number(String(output));
      const table = createProcessTable("/proc");
      await waitFor(async () => (await table.find(parent.pid ?? 0))?.name === "tail", { what: "the tail" });
      process.kill(pid, "SIGKILL");
      await waitFor(async () => (await table.find(pid)) === undefined, { what: "the zombie" });
      expect(existsSync(`/proc/${pid}/stat`)).toBe(true);
    } finally {
      parent.kill("SIGKILL");
    }
  });
});

describe("isPortRefused", () => {
  it("is true where nothing listens", async () => {
    expect(await isPortRefused({ host, port: await freePort(), timeoutMs: 1_000 })).toBe(true);
  });

  it("is false where something listens, though it never answers", async () => {
    await using blackHole = await startBlackHole();
    expect(await isPortRefused({ host, port: blackHole.port, timeoutMs: 1_000 })).toBe(false);
  });

  it("is false where nothing can be told", async () => {
    expect(await isPortRefused({ host: "nonexistent.invalid", port: 1, timeoutMs: 1_000 })).toBe(false);
  });
});
