import { spawnSync } from "node:child_process";
import { createTemporaryDirectory, freePort, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { startSupervisedProcess } from "../src/process/supervised-process.ts";
import { createRedisConnection } from "../src/redis/connection.ts";

interface LogEntry {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

function recordingLogger() {
  const entries: LogEntry[] = [];
  const log = (level: string) => (fields: LogEntry["fields"], message: string) =>
    void entries.push({ level, fields, message });
  return { entries, debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}

async function supervise(binary: string, args: readonly string[]) {
  const logger = recordingLogger();
  const supervised = await startSupervisedProcess({ binary, args, logger });
  return {
    ...supervised,
    entries: logger.entries,
    async [Symbol.asyncDispose]() {
      await supervised.stop({ graceMs: 5_000 });
    },
  };
}

async function superviseRedis(...args: readonly string[]) {
  const folder = await createTemporaryDirectory("supervised");
  const port = await freePort();
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder.path, "--save", ""];
  const supervised = await supervise("redis-server", [...settings, ...args]);
  const redis = createRedisConnection({
    host: "127.0.0.1",
    port,
    connectTimeoutMs: 1_000,
    commandTimeoutMs: 5_000,
  });
  await waitFor(async () => (await redis.send(["PING"])) === "PONG", { what: "PONG" });
  return {
    ...supervised,
    redis,
    dir: folder.path,
    async [Symbol.asyncDispose]() {
      redis.close();
      await supervised[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe("startSupervisedProcess", () => {
  it("starts redis-server, passes on its log and stops it with SIGTERM", async () => {
    await using redis = await superviseRedis();
    expect(await redis.isRunning()).toBe(true);
    expect(await redis.stop({ graceMs: 10_000 })).toEqual({ code: 0, signal: null });
    expect(await redis.isRunning()).toBe(false);
    expect(redis.entries).toContainEqual({
      level: "info",
      fields: { source: "redis", redisPid: redis.pid, redisRole: "M" },
      // From 7.2 on Redis says over what, too.
      message: expect.stringMatching(/^Ready to accept connections/),
    });
    expect(redis.entries).toContainEqual(
      expect.objectContaining({ level: "warn", message: expect.stringContaining("is now ready to exit") }),
    );
    expect(redis.entries.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("passes on a crash report at error without the arguments of the command, and keeps what led to it", async () => {
    await using redis = await superviseRedis("--enable-debug-command", "yes");
    await redis.redis.send(["DEBUG", "SEGFAULT", "it's secret"]).catch(() => undefined);
    expect(await redis.exited).toMatchObject({ signal: "SIGSEGV" });
    const ofReport = redis.entries.filter(({ level }) => level === "error").map(({ message }) => message);
    expect(ofReport).toContainEqual(expect.stringMatching(/^=== REDIS BUG REPORT START/));
    expect(ofReport).toContainEqual(expect.stringMatching(/^argv\[2\]: …$/));
    expect(JSON.stringify(redis.entries)).not.toContain("secret");
    expect(redis.lastLines()).toContainEqual(expect.stringContaining("crashed by signal: 11"));
  });

  it("passes on at error what Redis writes when its configuration is at fault, without the value", async () => {
    await using redis = await supervise("redis-server", ["--requirepass", "secret", "--port", "secret"]);
    await redis.exited;
    expect(redis.entries).toContainEqual(
      expect.objectContaining({
        level: "error",
        message: expect.stringContaining("FATAL CONFIG FILE ERROR"),
      }),
    );
    expect(JSON.stringify(redis.entries)).not.toContain("secret");
  });

  it("lets a redis-server that is stopped with SIGSTOP save before it ends", async () => {
    await using redis = await superviseRedis("--save", "3600 1");
    await redis.redis.send(["SET", "key", "value"]);
    process.kill(redis.pid, "SIGSTOP");
    expect(await redis.stop({ graceMs: 10_000 })).toEqual({ code: 0, signal: null });
    expect(redis.entries).toContainEqual(expect.objectContaining({ message: "DB saved on disk" }));
  });

  it("ends a redis-server that drops SIGTERM while it writes its first append-only file", async () => {
    await using redis = await superviseRedis("--rdb-key-save-delay", "20000");
    for (let key = 0; key < 50; key += 1) await redis.redis.send(["SET", String(key), "value"]);
    await redis.redis.send(["CONFIG", "SET", "appendonly", "yes"]);
    expect(await redis.stop({ graceMs: 30_000 })).toEqual({ code: 0, signal: null });
    expect(redis.entries).toContainEqual(
      expect.objectContaining({ message: "Writing initial AOF, can't exit." }),
    );
  });

  it("kills what does not end on SIGTERM within the grace", async () => {
    await using stubborn = await supervise("sh", [
      "-c",
      "trap '' TERM; echo ready; while :; do sleep 1; done",
    ]);
    await waitFor(() => stubborn.entries.some(({ message }) => message === "ready"), { what: "the trap" });
    expect(await stubborn.stop({ graceMs: 50 })).toEqual({ code: null, signal: "SIGKILL" });
    expect(stubborn.entries).toContainEqual(
      expect.objectContaining({ level: "warn", fields: expect.objectContaining({ graceMs: 50 }) }),
    );
  });

  it("stops once, however often and whenever it is asked to", async () => {
    await using redis = await superviseRedis();
    const stops = await Promise.all([redis.stop({ graceMs: 10_000 }), redis.stop({ graceMs: 10_000 })]);
    expect(stops).toEqual([
      { code: 0, signal: null },
      { code: 0, signal: null },
    ]);
    expect(await redis.stop({ graceMs: 10_000 })).toEqual({ code: 0, signal: null });
    expect(redis.entries.filter(({ message }) => message === "redis-server stopped")).toHaveLength(1);
  });

  it("tells and logs when the process ends by itself", async () => {
    await using redis = await superviseRedis();
    process.kill(redis.pid, "SIGKILL");
    expect(await redis.exited).toEqual({ code: null, signal: "SIGKILL" });
    expect(await redis.isRunning()).toBe(false);
    expect(redis.entries).toContainEqual({
      level: "error",
      fields: { pid: redis.pid, code: null, signal: "SIGKILL" },
      message: "redis-server ended by itself",
    });
  });

  it("passes on why redis-server refuses its configuration, without the value", async () => {
    await using redis = await supervise("redis-server", ["--requirepass", "secret", "secret"]);
    expect(await redis.exited).toEqual({ code: 1, signal: null });
    const messages = redis.entries.map(({ message }) => message);
    expect(messages).toContain(">>> 'requirepass …'");
    expect(messages.join("\n")).not.toContain("secret");
  });

  it("is not ended by a Ctrl-C in the terminal of its manager", async () => {
    await using redis = await superviseRedis();
    const { stdout } = spawnSync("ps", ["-o", "pgid=", "-p", String(redis.pid)], { encoding: "utf8" });
    expect(Number(stdout)).toBe(redis.pid);
  });

  it.each([
    ["is missing", "/nonexistent/redis-server", "ENOENT"],
    ["is a folder", "/usr/bin", "EACCES"],
  ])("fails with PROCESS_START_FAILED and what to do when the binary %s", async (_, binary, reason) => {
    const started = startSupervisedProcess({ binary, args: [], logger: recordingLogger() });
    await expect(started).rejects.toMatchObject({
      code: "PROCESS_START_FAILED",
      message: `starting ${binary} failed: spawn ${binary} ${reason}; install it or set REDIS_BINARY`,
    });
  });
});
