import { freePort, startProcess, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import type { Logger } from "../src/logger.ts";
import { createRedisRenderer } from "../src/metrics/render.ts";
import { createScrape, type ScrapeDependencies } from "../src/metrics/scrape.ts";
import type { ScrapeOutcome } from "../src/metrics/scrape-stages.ts";
import { createRedisConnection } from "../src/redis/connection.ts";
import { parseExposition } from "./parse-exposition.ts";

const labels = { cluster: "orders", namespace: "shop", pod: "orders-0" };
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

function attach(
  { host, port }: { readonly host: string; readonly port: number },
  reads: Partial<ScrapeDependencies["reads"]> = {},
) {
  const redis = createRedisConnection({ host, port, connectTimeoutMs: 5_000, commandTimeoutMs: 5_000 });
  const outcomes: ScrapeOutcome[] = [];
  const warnings: string[] = [];
  const scrape = createScrape({
    redis,
    logger: { ...silent, warn: (_fields, message) => void warnings.push(message) },
    timeoutMs: 5_000,
    reads: { slowLog: false, latencyHistograms: false, ...reads },
    readFenced: () => false,
    observer: { scrapeEnded: (outcome) => void outcomes.push(outcome) },
  });
  const render = createRedisRenderer({ labels, redisExporterNames: false });
  const readSamples = async () => parseExposition(render(await scrape.read()));
  return {
    readSamples,
    /** One scrape: the values of each metric, in order. */
    async read() {
      const values: Record<string, string[]> = {};
      for (const { name, value } of await readSamples()) (values[name] ??= []).push(value);
      return values;
    },
    /** The failures of the last scrape, by stage. */
    failures: () =>
      Object.fromEntries((outcomes.at(-1)?.stages ?? []).map(({ stage, failure }) => [stage, failure])),
    warnings,
    [Symbol.dispose]: () => redis.close(),
  };
}

function connectTo({ host, port }: { host: string; port: number }) {
  const redis = createRedisConnection({ host, port, connectTimeoutMs: 5_000, commandTimeoutMs: 5_000 });
  return { ...redis, [Symbol.dispose]: () => redis.close() };
}

/** Starts a redis-server that takes a while to load what another has saved. */
async function startLoading(dir: string) {
  const port = await freePort();
  const args = ["--port", String(port), "--dir", dir, "--save", "", "--key-load-delay", "2000"];
  const server = await startProcess({
    command: "redis-server",
    args: [...args, "--loading-process-events-interval-bytes", "1024"],
  });
  return {
    host: "127.0.0.1",
    port,
    async [Symbol.asyncDispose]() {
      await server.stop();
    },
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

describe("a scrape of a real server that reads more than INFO", () => {
  const reads = { slowLog: true, latencyHistograms: true };

  it("shows the slow log and the histograms as the server has them", async () => {
    await using server = await startRedisServer({ directives: { "slowlog-log-slower-than": "0" } });
    using scrape = attach(server, reads);
    for (let count = 0; count < 5; count += 1) await server.client.set("key", "value");
    const length = Number(await server.client.call("SLOWLOG", "LEN"));
    const samples = await scrape.readSamples();
    expect(scrape.failures()).toEqual({ info: undefined, slowlog: undefined, latency: undefined });

    const value = (name: string) => samples.find((sample) => sample.name === name)?.value;
    expect(Number(value("redis_slowlog_length"))).toBeGreaterThan(length);
    expect(Number(value("redis_slowlog_last_id"))).toBeGreaterThanOrEqual(length);
    expect(Number(value("redis_last_slow_execution_duration_seconds"))).toBeLessThan(5);

    const ofSet = samples.filter(
      ({ name, labels: { command } }) =>
        name.startsWith("redis_command_latency_seconds") && command === "set",
    );
    const counts = ofSet
      .filter(({ labels: { le } }) => le !== undefined)
      .map((sample) => Number(sample.value));
    expect(counts).toEqual(counts.toSorted((one, other) => one - other));
    expect(counts.at(-1)).toBe(5);
    // Redis has no bound that is none of ours: nothing is counted only under +Inf.
    expect(counts.at(-2)).toBe(5);
    expect(ofSet.at(-1)).toMatchObject({ name: "redis_command_latency_seconds_count", value: "5" });
  });

  it("keeps the rest for a user that may not read the slow log, on one connection", async () => {
    await using server = await startRedisServer();
    using scrape = attach(server, reads);
    await server.client.set("key", "value");
    await server.client.call("ACL", "SETUSER", "default", "-slowlog");
    await scrape.read();
    const connections = (await scrape.read())["redis_connections_received_total"];
    const values = await scrape.read();
    expect(values).toMatchObject({ redis_up: ["1"], redis_connections_received_total: connections });
    expect(values).not.toHaveProperty("redis_slowlog_length");
    expect(values).toHaveProperty("redis_command_latency_seconds_count");
    expect(scrape.failures()).toEqual({ info: undefined, slowlog: "REDIS_AUTH_FAILED", latency: undefined });
    expect(scrape.warnings).toEqual([expect.stringContaining("NOPERM")]);
  });

  it("is redis_up 0 for a user that may not read INFO", async () => {
    await using server = await startRedisServer();
    using scrape = attach(server, reads);
    await server.client.call("ACL", "SETUSER", "default", "-info");
    expect(await scrape.read()).toEqual({ redis_up: ["0"], redis_fenced: ["0"] });
    expect(scrape.failures()).toEqual({ info: "REDIS_AUTH_FAILED" });
  });

  it("is redis_up 0 while a script holds Redis, and redis_up 1 after it", async () => {
    await using server = await startRedisServer({ directives: { "lua-time-limit": "1" } });
    using scrape = attach(server, reads);
    using killer = connectTo(server);
    await killer.send(["PING"]);
    const script = server.client.eval("while true do end", 0).catch((error: unknown) => error);
    await waitFor(async () => (await scrape.read())["redis_up"]?.[0] === "0", { what: "Redis to be busy" });
    expect(scrape.failures()).toEqual({ info: "REDIS_BUSY" });
    await killer.send(["SCRIPT", "KILL"]);
    await script;
    expect(await scrape.read()).toMatchObject({ redis_up: ["1"] });
  });

  it("shows a Redis that loads its data set as up, and how far it is", async () => {
    await using server = await startRedisServer();
    await server.client.mset(
      Object.fromEntries(Array.from({ length: 2_000 }, (_, key) => [key, "x".repeat(500)])),
    );
    await server.client.save();
    await using loading = await startLoading(server.dir);
    using scrape = attach(loading, reads);
    const values = await waitFor(
      async () => {
        const seen = await scrape.read();
        return seen["redis_loading"]?.[0] === "1" && seen;
      },
      { what: "Redis to load" },
    );
    expect(values).toHaveProperty("redis_loading_size_bytes");
    expect(values).toMatchObject({ redis_up: ["1"] });
    expect(scrape.failures()["info"]).toBeUndefined();
  });
});
