import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory, freePort, startRedisServer } from "@redis-operator/testbed";
import { describe, expect, it, vi } from "vitest";
import { createRedisAccess } from "../src/redis/access.ts";
import { createRedisConnection, type RedisConnectionOptions } from "../src/redis/connection.ts";
import { readConfig } from "../src/redis/config-get.ts";
import { readInfo, requireField } from "../src/redis/info.ts";

function connect(options: Partial<RedisConnectionOptions> & { port: number }) {
  const connection = createRedisConnection({
    host: "127.0.0.1",
    connectTimeoutMs: 1_000,
    commandTimeoutMs: 1_000,
    ...options,
  });
  return { ...connection, [Symbol.dispose]: () => connection.close() };
}

describe("createRedisConnection", () => {
  it("reads INFO and configuration of a real server", async () => {
    await using server = await startRedisServer({ directives: { maxmemory: "64mb" } });
    using redis = connect(server);
    expect(requireField(await readInfo(redis, "replication"), "role")).toBe("master");
    expect(await readConfig(redis, ["maxmemory", "no-such-directive"])).toEqual(
      new Map([["maxmemory", "67108864"]]),
    );
  });

  it("answers REDIS_UNREACHABLE with the reason when nothing listens", async () => {
    using redis = connect({ port: await freePort() });
    await expect(redis.send(["PING"])).rejects.toMatchObject({
      code: "REDIS_UNREACHABLE",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it("answers REDIS_TIMED_OUT when the server is stopped with SIGSTOP, connected or not", async () => {
    await using server = await startRedisServer();
    using connected = connect(server);
    await connected.send(["PING"]);
    server.process.kill("SIGSTOP");
    using fresh = connect({ port: server.port, commandTimeoutMs: 100 });
    await expect(connected.send(["PING"])).rejects.toMatchObject({ code: "REDIS_TIMED_OUT" });
    await expect(fresh.send(["PING"])).rejects.toMatchObject({ code: "REDIS_TIMED_OUT" });
  });

  it("opens a new connection after a restart of the server, without a call in between", async () => {
    const first = await startRedisServer();
    using redis = connect(first);
    await redis.send(["PING"]);
    await first.stop();
    await expect(redis.send(["PING"])).rejects.toMatchObject({ code: "REDIS_UNREACHABLE" });
    await using second = await startRedisServer({ port: first.port });
    expect(await redis.send(["PING"])).toBe("PONG");
    expect(second.port).toBe(first.port);
  });

  it("reads the password file anew on every connection", async () => {
    await using folder = await createTemporaryDirectory("password");
    const passwordFile = join(folder.path, "password");
    await using server = await startRedisServer({ directives: { requirepass: "second" } });
    using redis = connect({ port: server.port, passwordFile });

    await expect(redis.send(["PING"])).rejects.toMatchObject({ code: "REDIS_AUTH_FAILED" });
    await writeFile(passwordFile, "first\n");
    await expect(redis.send(["PING"])).rejects.toMatchObject({ code: "REDIS_AUTH_FAILED" });
    await writeFile(passwordFile, "second\n");
    expect(await redis.send(["PING"])).toBe("PONG");
  });

  it("gets in again once an empty password file is filled", async () => {
    await using folder = await createTemporaryDirectory("password");
    const passwordFile = join(folder.path, "password");
    await writeFile(passwordFile, "");
    await using server = await startRedisServer({ directives: { requirepass: "first" } });
    using redis = connect({ port: server.port, passwordFile });
    await expect(redis.send(["PING"])).rejects.toMatchObject({ code: "REDIS_AUTH_FAILED" });
    await writeFile(passwordFile, "first");
    expect(await redis.send(["PING"])).toBe("PONG");
  });

  it.each([
    ["holds one that Redis doesn't take yet", (file: string) => writeFile(file, "second")],
    ["is being written", (file: string) => writeFile(file, "")],
    ["is away for a moment", (file: string) => rm(file)],
  ])("goes on with the password that Redis took last while the file %s", async (_, change) => {
    await using folder = await createTemporaryDirectory("password");
    const passwordFile = join(folder.path, "password");
    await writeFile(passwordFile, "first");
    await using server = await startRedisServer({ directives: { requirepass: "first" } });
    const access = createRedisAccess({ passwordFile });
    using before = connect({ port: server.port, access });
    expect(await before.send(["PING"])).toBe("PONG");
    await change(passwordFile);
    using after = connect({ port: server.port, access });
    expect(await after.send(["PING"])).toBe("PONG");
  });

  it("says nothing on the console to a Redis that wants no password", async () => {
    await using folder = await createTemporaryDirectory("password");
    const passwordFile = join(folder.path, "password");
    await writeFile(passwordFile, "needless");
    await using server = await startRedisServer();
    using redis = connect({ port: server.port, passwordFile });
    const warn = vi.spyOn(console, "warn");
    expect(await redis.send(["PING"])).toBe("PONG");
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it("answers REDIS_AUTH_FAILED when a password is needed and none is given", async () => {
    await using server = await startRedisServer({ directives: { requirepass: "secret" } });
    using redis = connect(server);
    await expect(redis.send(["PING"])).rejects.toMatchObject({ code: "REDIS_AUTH_FAILED" });
  });

  it("answers REDIS_BUSY while a script runs for longer than Redis' patience", async () => {
    await using server = await startRedisServer({ directives: { "busy-reply-threshold": "1" } });
    using redis = connect({ port: server.port, commandTimeoutMs: 10_000 });
    const script = server.client.call("EVAL", "while true do end", "0").catch(() => "killed");
    await expect
      .poll(() => redis.send(["INFO"]).then(String, (error: { code: string }) => error.code))
      .toBe("REDIS_BUSY");
    await redis.send(["SCRIPT", "KILL"]);
    expect(await script).toBe("killed");
  });

  it("names the refused command in REDIS_COMMAND_FAILED", async () => {
    await using server = await startRedisServer();
    using redis = connect(server);
    await expect(redis.send(["NOSUCH"])).rejects.toMatchObject({
      code: "REDIS_COMMAND_FAILED",
      message: expect.stringMatching(/^NOSUCH on Redis at 127\.0\.0\.1:\d+ failed: ERR unknown command/),
    });
  });
});
