import { stat } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createDataVolume } from "../src/metrics/data-volume.ts";
import { createRedisConnection, type RedisConnection } from "../src/redis/connection.ts";

function connect(port: number): RedisConnection {
  return createRedisConnection({
    host: "127.0.0.1",
    port,
    connectTimeoutMs: 400,
    commandTimeoutMs: 400,
  });
}

describe("createDataVolume", () => {
  it("looks where Redis says that its data is", async () => {
    await using server = await startRedisServer({ directives: { dbfilename: "mine.rdb" } });
    const redis = connect(server.port);
    const volume = createDataVolume({ redis, dataDir: "/nowhere", now: () => 0 });
    expect(await volume.read()).toMatchObject({ snapshotSizeBytes: undefined });
    await server.client.save();
    const usage = await volume.read();
    expect(usage?.snapshotSizeBytes).toBe((await stat(join(server.dir, "mine.rdb"))).size);
    expect(usage?.availableBytes).toBeGreaterThan(0);
    expect(usage?.sizeBytes).toBeGreaterThan(usage?.availableBytes ?? Infinity);
    redis.close();
  });

  it("asks Redis anew after a minute", async () => {
    await using server = await startRedisServer({ directives: { "enable-protected-configs": "yes" } });
    const redis = connect(server.port);
    let nowMs = 0;
    const volume = createDataVolume({ redis, dataDir: "/nowhere", now: () => nowMs });
    await server.client.save();
    expect(await volume.read()).toMatchObject({ snapshotSizeBytes: expect.any(Number) });
    await server.client.config("SET", "dbfilename", "other.rdb");
    nowMs = 59_999;
    expect(await volume.read()).toMatchObject({ snapshotSizeBytes: expect.any(Number) });
    nowMs = 60_000;
    expect(await volume.read()).toMatchObject({ snapshotSizeBytes: undefined });
    redis.close();
  });

  it("looks where it is told to while Redis has never answered", async () => {
    await using folder = await createTemporaryDirectory("volume");
    const redis = connect(1);
    const volume = createDataVolume({ redis, dataDir: folder.path, now: () => 0 });
    expect(await volume.read()).toMatchObject({ sizeBytes: expect.any(Number) });
    redis.close();
  });

  it("tells nothing of a directory that isn't there", async () => {
    const redis = connect(1);
    const volume = createDataVolume({ redis, dataDir: "/nowhere", now: () => 0 });
    expect(await volume.read()).toBeUndefined();
    redis.close();
  });

  it("tells nothing after its deadline, and doesn't look a second time meanwhile", async () => {
    const sent: unknown[] = [];
    const silence = Promise.withResolvers<unknown>();
    const redis: RedisConnection = {
      address: "silent",
      send(command) {
        sent.push(command);
        return silence.promise;
      },
      close: () => undefined,
    };
    await using folder = await createTemporaryDirectory("volume");
    const volume = createDataVolume({ redis, dataDir: folder.path, now: () => 0 });
    expect(await Promise.all([volume.read(), volume.read()])).toEqual([undefined, undefined]);
    expect(await volume.read()).toBeUndefined();
    expect(sent).toHaveLength(1);
    silence.reject(new Error("at last"));
    await waitFor(async () => (await volume.read()) !== undefined, { what: "the volume" });
  });
});
