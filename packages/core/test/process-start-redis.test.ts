import { join } from "node:path";
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import {
  createTemporaryDirectory,
  freePort,
  startRedisServer as startTestServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { startRedisServer } from "../src/process/start-redis-server.ts";
import { readConfig } from "../src/redis/config-get.ts";
import { createRedisConnection, type RedisConnection } from "../src/redis/connection.ts";
import { readInfo } from "../src/redis/info.ts";
import { createRecordingLogger } from "./recording-logger.ts";

async function start(
  dir: string,
  options: { readonly directives?: Readonly<Record<string, string>>; readonly includeFile?: string } = {},
) {
  const { directives = {}, includeFile } = options;
  const port = await freePort();
  const { logger, lines } = createRecordingLogger();
  const redis = createRedisConnection({
    host: "127.0.0.1",
    port,
    connectTimeoutMs: 1_000,
    commandTimeoutMs: 5_000,
  });
  const server = await startRedisServer({
    binary: "redis-server",
    passwordFile: undefined,
    config: { port, dir, directives, includeFile },
    redis,
    logger,
  });
  await waitFor(async () => (await redis.send(["PING"])) === "PONG", { what: "PONG" });
  return {
    redis,
    lines,
    server,
    async [Symbol.asyncDispose]() {
      await server.stop({ graceMs: 30_000 });
      redis.close();
    },
  };
}

/** A folder with nothing but a snapshot of one key. */
async function createSnapshotDirectory(name = "dump.rdb") {
  const folder = await createTemporaryDirectory("data");
  await using origin = await startTestServer();
  await origin.client.set("key", "value");
  await origin.client.save();
  await cp(join(origin.dir, "dump.rdb"), join(folder.path, name));
  return folder;
}

/** Waits until Redis keeps everything it holds in its append-only directory. */
async function waitForAof(redis: RedisConnection): Promise<void> {
  await waitFor(
    async () => {
      const info = await readInfo(redis, "persistence");
      return info.get("aof_enabled") === "1" && info.get("aof_base_size") !== "0";
    },
    { what: "the append-only file to be on and complete" },
  );
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

  it("doesn't start on append-only files that it can't read, and names their folder", async () => {
    await using folder = await createTemporaryDirectory("data");
    const unreadable = join(folder.path, "appendonlydir");
    // Nobody can read a link to itself, not even root, whom permissions don't stop.
    await symlink(unreadable, unreadable);
    await expect(start(folder.path)).rejects.toMatchObject({
      code: "PROCESS_START_FAILED",
      message: expect.stringMatching(`looking for data in ${unreadable} failed: .*fsGroup`),
    });
  });

  const included = { "user.conf": "appendonly no\n\nAppendOnly yes\n" };
  it.each([
    ["nothing", {}],
    ["appendonly yes", { directives: { appendonly: "yes" } }],
    ["an included file that says yes last", { includeFile: "user.conf" }],
  ])(
    "loads the snapshot of a directory without append-only files, then turns AOF on: configured with %s",
    async (_what, options) => {
      await using folder = await createSnapshotDirectory();
      await using files = await createTemporaryDirectory("config");
      for (const [name, text] of Object.entries(included)) await writeFile(join(files.path, name), text);
      const { includeFile } = { includeFile: undefined, ...options };
      const config = {
        ...options,
        ...(includeFile !== undefined && { includeFile: join(files.path, includeFile) }),
      };
      {
        await using first = await start(folder.path, config);
        expect(await first.redis.send(["GET", "key"])).toBe("value");
        await waitForAof(first.redis);
        await first.redis.send(["SET", "later", "value"]);
      }
      await using second = await start(folder.path, config);
      expect(await second.redis.send(["MGET", "key", "later"])).toEqual(["value", "value"]);
      expect(Object.fromEntries(await readConfig(second.redis, ["appendonly"]))).toEqual({
        appendonly: "yes",
      });
    },
  );

  it.each([
    ["appendonly no", { appendonly: "no" }, ""],
    ["an included file that says no last", {}, "appendonly yes\nappendonly no\n"],
  ])("leaves AOF off where it is configured so, by %s", async (_what, directives, includedText) => {
    await using folder = await createSnapshotDirectory();
    const includeFile = join(folder.path, "user.conf");
    await writeFile(includeFile, includedText);
    await using first = await start(folder.path, { directives, includeFile });
    expect(await first.redis.send(["GET", "key"])).toBe("value");
    expect(Object.fromEntries(await readConfig(first.redis, ["appendonly"]))).toEqual({ appendonly: "no" });
  });

  it("finds the snapshot under the name that the included file gives it", async () => {
    await using folder = await createSnapshotDirectory("my.rdb");
    const includeFile = join(folder.path, "user.conf");
    await writeFile(includeFile, 'dbfilename "my.rdb"\n');
    await using first = await start(folder.path, { includeFile });
    expect(await first.redis.send(["GET", "key"])).toBe("value");
    await waitForAof(first.redis);
  });

  it("warns that append-only files are ignored where there is nothing else and AOF is configured off", async () => {
    await using folder = await createTemporaryDirectory("data");
    {
      await using first = await start(folder.path, { directives: { save: "" } });
      await first.redis.send(["SET", "key", "value"]);
    }
    await using second = await start(folder.path, { directives: { appendonly: "no" } });
    expect(await second.redis.send(["DBSIZE"])).toBe(0);
    expect(second.lines).toContainEqual(
      expect.objectContaining({ level: "warn", message: expect.stringContaining("starts empty") }),
    );
  });

  it("loads the snapshot again when Redis was killed before its append-only file was complete", async () => {
    await using folder = await createSnapshotDirectory();
    // What Redis has made by then: the folder, and files that no manifest names.
    await mkdir(join(folder.path, "appendonlydir"));
    await writeFile(join(folder.path, "appendonlydir", "temp-appendonly.aof.incr"), "");
    await using first = await start(folder.path);
    expect(await first.redis.send(["GET", "key"])).toBe("value");
    await waitForAof(first.redis);
  });
});
