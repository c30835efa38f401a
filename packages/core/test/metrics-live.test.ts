import { type RedisServer, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import type { Logger } from "../src/logger.ts";
import { renderRedisMetrics } from "../src/metrics/render.ts";
import { createScrape } from "../src/metrics/scrape.ts";
import { createRedisConnection } from "../src/redis/connection.ts";
import { parseExposition } from "./parse-exposition.ts";

const labels = { cluster: "orders", namespace: "shop", pod: "orders-0" };
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

function attach(server: RedisServer) {
  const redis = createRedisConnection({ ...server, connectTimeoutMs: 1_000, commandTimeoutMs: 1_000 });
  const scrape = createScrape({
    redis,
    logger: silent,
    readFenced: () => false,
    observer: { scrapeEnded() {} },
  });
  return {
    /** One scrape: the values of each metric, in order. */
    async read() {
      const values: Record<string, string[]> = {};
      for (const { name, value } of parseExposition(renderRedisMetrics(await scrape.read(), labels))) {
        (values[name] ??= []).push(value);
      }
      return values;
    },
    [Symbol.dispose]: () => redis.close(),
  };
}

describe("a scrape of a real server", () => {
  it("shows a primary and its replica", async () => {
    await using primary = await startRedisServer();
    await using replica = await startRedisServer({ directives: { replicaof: `127.0.0.1 ${primary.port}` } });
    using primaryScrape = attach(primary);
    using replicaScrape = attach(replica);
    await primary.client.mset("a", "1", "b", "2");
    await waitFor(async () => (await replica.client.get("b")) === "2", { what: "the key on the replica" });

    const ofPrimary = await waitFor(
      async () => {
        const values = await primaryScrape.read();
        return values["redis_replication_lag_bytes"]?.[0] === "0" && values;
      },
      { what: "a replica without lag" },
    );
    expect(ofPrimary).toMatchObject({
      redis_up: ["1"],
      redis_fenced: ["0"],
      redis_connected_replicas: ["1"],
      redis_connected_replica_online: ["1"],
      redis_db_keys: ["2"],
    });
    expect(ofPrimary).not.toHaveProperty("redis_master_link_up");
    expect(await replicaScrape.read()).toMatchObject({ redis_up: ["1"], redis_master_link_up: ["1"] });
  });

  it("shows the lag of a replica that no longer reads", async () => {
    await using primary = await startRedisServer();
    await using replica = await startRedisServer({ directives: { replicaof: `127.0.0.1 ${primary.port}` } });
    using scrape = attach(primary);
    await waitFor(async () => (await scrape.read())["redis_replication_lag_bytes"]?.[0] === "0", {
      what: "a replica without lag",
    });
    replica.process.kill("SIGSTOP");
    await primary.client.set("key", "x".repeat(10_000));
    const lagBytes = Number((await scrape.read())["redis_replication_lag_bytes"]?.[0]);
    expect(lagBytes).toBeGreaterThan(10_000);
  });

  it("is redis_up 0 when the server is gone, and redis_up 1 when it is back", async () => {
    const first = await startRedisServer();
    using scrape = attach(first);
    expect(await scrape.read()).toMatchObject({ redis_up: ["1"] });
    await first.stop();
    expect(await scrape.read()).toEqual({ redis_up: ["0"], redis_fenced: ["0"] });
    await using second = await startRedisServer({ port: first.port });
    expect(second.port).toBe(first.port);
    expect(await scrape.read()).toMatchObject({ redis_up: ["1"] });
  });
});
