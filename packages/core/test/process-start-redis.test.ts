import { join } from "node:path";
import { access, cp } from "node:fs/promises";
import {
  createTemporaryDirectory,
  freePort,
  startRedisServer as startTestServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { startRedisServer } from "../src/process/start-redis-server.ts";
import { readConfig } from "../src/redis/config-get.ts";
import { createRedisConnection } from "../src/redis/connection.ts";

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

async function start(dir: string, directives: Readonly<Record<string, string>> = {}) {
  const port = await freePort();
  const config = { port, dir, directives };
  const server = await startRedisServer({
    binary: "redis-server",
    passwordFile: undefined,
    config,
    logger: silent,
  });
  const redis = createRedisConnection({
    host: "127.0.0.1",
    port,
    connectTimeoutMs: 1_000,
    commandTimeoutMs: 5_000,
  });
  await waitFor(async () => (await redis.send(["PING"])) === "PONG", { what: "PONG" });
  return {
    redis,
    async [Symbol.asyncDispose]() {
      redis.close();
      await server.stop({ graceMs: 30_000 });
    },
  };
}

describe("startRedisServer", () => {
  it("makes the data directory, and keeps what was written over a restart", async () => {
    await using folder = await createTemporaryDirectory("data");
    const dir = join(folder.path, "made", "data");
    {
      await using first = await start(dir);
      await first.redis.send(["SET", "key", "value"]);
    }
    await using second = await start(dir);
    expect(await second.redis.send(["GET", "key"])).toBe("value");
    expect(Object.fromEntries(await readConfig(second.redis, ["appendonly"]))).toEqual({ appendonly: "yes" });
  });

  it.each([{}, { appendonly: "yes" }])(
    "loads the snapshot of a directory without append-only files, configured with %j",
    async (directives) => {
      await using folder = await createTemporaryDirectory("data");
      await using origin = await startTestServer();
      await origin.client.set("key", "value");
      await origin.client.save();
      await cp(join(origin.dir, "dump.rdb"), join(folder.path, "dump.rdb"));
      {
        await using first = await start(folder.path, directives);
        expect(await first.redis.send(["GET", "key"])).toBe("value");
        await first.redis.send(["CONFIG", "SET", "appendonly", "yes"]);
      }
      await expect(access(join(folder.path, "appendonlydir"))).resolves.toBeUndefined();
      await using second = await start(folder.path, directives);
      expect(await second.redis.send(["GET", "key"])).toBe("value");
      expect(Object.fromEntries(await readConfig(second.redis, ["appendonly"]))).toEqual({
        appendonly: "yes",
      });
    },
  );
});
