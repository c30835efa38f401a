import { spawnSync } from "node:child_process";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomes, post } from "./answer.ts";
import { parseExposition, valueOf } from "./exposition.ts";
import { type Environment, share, startAttached } from "./instance.ts";

const identity = {
  CLUSTER_NAME: "cache",
  POD_NAMESPACE: "shop",
  POD_NAME: "cache-0",
} as const satisfies Environment;

const contentType = "text/plain; version=0.0.4; charset=utf-8";

async function scrape(manager: { readonly url: string }) {
  const { status, type, body } = await ask(manager, "/metrics");
  expect([status, type]).toEqual([200, contentType]);
  return parseExposition(body);
}

/** What is sent for a scrape with these headers, byte for byte: fetch asks for gzip, and unpacks it. */
async function scrapeRaw({ url }: { readonly url: string }, headers: Readonly<Record<string, string>>) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(`${url}/metrics`, { headers }, resolve).on("error", reject).end();
  return promise;
}

describe("GET /metrics", () => {
  const instance = share(() => startAttached({ env: identity }));

  it("has the pod's labels on every series, Redis' and the manager's", async () => {
    const series = await scrape(instance());
    const prefixes = new Set(series.map(({ name }) => name.split("_", 1)[0]));
    expect(prefixes).toContain("redis");
    expect(prefixes).toContain("instance");
    for (const { name, labels } of series) {
      const ofPod = ["cluster", "namespace", "pod"].map((label) => labels.get(label));
      expect([name, ...ofPod]).toEqual([name, "cache", "shop", "cache-0"]);
    }
  });

  it("tells of Redis what INFO says", async () => {
    const { client } = instance().redis;
    const series = await scrape(instance());
    expect(valueOf(series, "redis_up")).toBe(1);
    const info = await client.info("memory");
    expect(valueOf(series, "redis_maxmemory_bytes")).toBe(Number(/^maxmemory:(\d+)/m.exec(info)?.[1]));
  });

  it("answers scrapes at the same time, each in full", async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => scrape(instance())));
    expect(new Set(all.map((series) => valueOf(series, "redis_up")))).toEqual(new Set([1]));
  });

  it("counts requests by route and status, and what has no route as one", async () => {
    for (const path of ["/a", "/b", "/c?d"]) await ask(instance(), path);
    await ask(instance(), "/v1/promote");
    await ask(instance(), "/v1/status?secret=1");
    await post(instance(), "/v1/demote?primaryIP=10.0.0.7&port=0");
    const requests = (await scrape(instance())).filter(
      ({ name }) => name === "instance_manager_http_requests_total",
    );
    const routes = new Set(requests.map(({ labels }) => labels.get("route")));
    expect(routes).toEqual(new Set(["/healthz", "/metrics", "/v1/status", "/v1/demote", "other"]));
    const other = (status: string) =>
      valueOf(requests, "instance_manager_http_requests_total", { route: "other", status });
    expect([other("404"), other("405")]).toEqual([3, 1]);
  });

  it("is compressed for a scraper that takes gzip, and the same", async () => {
    const answer = await scrapeRaw(instance(), { "accept-encoding": "gzip" });
    expect(answer.headers).toMatchObject({
      "content-encoding": "gzip",
      "content-type": contentType,
      vary: "Accept-Encoding",
    });
    const sizeBytes = Number(answer.headers["content-length"]);
    const exposition = await text(answer.pipe(createGunzip()));
    expect(valueOf(parseExposition(exposition), "redis_up")).toBe(1);
    expect(sizeBytes).toBeLessThan(exposition.length / 4);
  });

  it.each(["identity", "gzip;q=0", "br"])("is plain for a scraper that takes %s", async (encoding) => {
    const answer = await scrapeRaw(instance(), { "accept-encoding": encoding });
    expect(answer.headers).toMatchObject({ "content-type": contentType, vary: "Accept-Encoding" });
    expect(answer.headers).not.toHaveProperty("content-encoding");
    expect(valueOf(parseExposition(await text(answer)), "redis_up")).toBe(1);
  });

  it("answers HEAD without a body", async () => {
    expect(await ask(instance(), "/metrics", { method: "HEAD" })).toEqual({
      status: 200,
      type: contentType,
      body: "",
    });
  });

  it("passes promtool but for names that are dictated, where it is installed", async ({ skip }) => {
    const { body } = await ask(instance(), "/metrics");
    const promtool = spawnSync("promtool", ["check", "metrics"], { input: body, encoding: "utf8" });
    if (promtool.error !== undefined) skip("promtool is not installed");
    const names = promtool.stderr
      .trim()
      .split("\n")
      .map((line) => line.split(" ", 1)[0]);
    expect(new Set(names)).toEqual(
      new Set(["redis_instantaneous_ops_per_sec", "redis_total_commands_processed"]),
    );
  });

  it("has redis_exporter's names, and nothing of the slow log or the histograms, by default", async () => {
    const names = new Set((await scrape(instance())).map(({ name }) => name));
    expect(names).toContain("redis_memory_used_bytes");
    expect(names).not.toContain("redis_slowlog_length");
    expect([...names].filter((name) => name.endsWith("latency_seconds_bucket"))).toEqual([]);
  });

  it("is the same for a caller that asks for something else", async () => {
    const { type } = await ask(instance(), "/metrics?name[]=x", {
      headers: { accept: "application/openmetrics-text; version=1.0.0, application/json" },
    });
    expect(type).toBe(contentType);
  });
});

describe("GET /metrics with everything switched", () => {
  it("has the slow log and the histograms, and no names of redis_exporter", async () => {
    const env = {
      ...identity,
      METRICS_REDIS_EXPORTER_NAMES_ENABLED: "false",
      METRICS_SLOW_LOG_ENABLED: "true",
      METRICS_LATENCY_HISTOGRAMS_ENABLED: "true",
    };
    await using instance = await startAttached({ env, directives: { "slowlog-log-slower-than": "-1" } });
    await instance.redis.client.set("key", "value");
    const series = await scrape(instance);
    const names = new Set(series.map(({ name }) => name));
    expect(names).not.toContain("redis_memory_used_bytes");
    expect(valueOf(series, "redis_slowlog_length")).toBe(0);
    expect(valueOf(series, "redis_command_latency_seconds_count", { command: "set" })).toBe(1);
    const stages = series.filter(({ name }) => name === "instance_manager_scrape_duration_seconds");
    expect(new Set(stages.map(({ labels }) => labels.get("stage")))).toEqual(
      new Set(["info", "slowlog", "latency"]),
    );
  });
});

describe("GET /metrics of a Redis that is silent", () => {
  it("answers 200 with redis_up 0 as soon as METRICS_TIMEOUT has passed", async () => {
    await using instance = await startAttached({ env: { ...identity, METRICS_TIMEOUT: "100ms" } });
    const timedOut = { code: "REDIS_TIMED_OUT" };
    const before = await waitFor(
      async () => {
        const series = await scrape(instance);
        return valueOf(series, "redis_up") === 1 && series;
      },
      { what: "a scrape in time" },
    );
    instance.redis.process.kill("SIGSTOP");
    const series = await scrape(instance);
    expect(valueOf(series, "redis_up")).toBe(0);
    const name = "instance_manager_scrape_errors_total";
    expect(valueOf(series, name, timedOut)).toBe((valueOf(before, name, timedOut) ?? 0) + 1);
  });
});

describe("GET /metrics of a Redis that is down", () => {
  it("answers 200 with redis_up 0 and what the manager knows of itself", async () => {
    await using instance = await startAttached({ env: identity });
    expect(valueOf(await scrape(instance), "redis_up")).toBe(1);
    await instance.redis.stop();
    const series = await scrape(instance);
    expect(valueOf(series, "redis_up")).toBe(0);
    const others = series.filter(({ name }) => name.startsWith("redis_") && name !== "redis_up");
    expect(others.map(({ name }) => name).filter((name) => !name.includes("fenced"))).toEqual([]);
    expect(valueOf(series, "instance_manager_scrape_errors_total", { code: "REDIS_UNREACHABLE" })).toBe(1);
    await becomes(instance, "/healthz", 503);
  });
});

describe("GET /metrics of a pair", () => {
  it("tells the role of each, and of the primary how far its replica is", async () => {
    await using primary = await startAttached({ env: identity });
    await using replica = await startAttached({ env: { ...identity, POD_NAME: "cache-1" } });
    await post(replica, `/v1/demote?primaryIP=127.0.0.1&port=${primary.redis.port}`);
    // It is connected before it is told how far it is.
    await waitFor(async () => valueOf(await scrape(primary), "redis_replication_lag_bytes") !== undefined, {
      what: "a replica that has synced",
    });
    await waitFor(async () => valueOf(await scrape(replica), "redis_master_link_up") === 1, {
      what: "the link",
    });
    const [onPrimary, onReplica] = await Promise.all([scrape(primary), scrape(replica)]);
    expect(valueOf(onPrimary, "redis_connected_replicas")).toBe(1);
    expect(valueOf(onPrimary, "redis_replication_lag_bytes")).toBeGreaterThanOrEqual(0);
    expect(valueOf(onPrimary, "redis_master_link_up")).toBeUndefined();
    expect(valueOf(onReplica, "redis_connected_replicas")).toBe(0);
  });

  it("keeps labels whole that hold quotes and backslashes", async () => {
    const env = { CLUSTER_NAME: 'a"b\\c\nd', POD_NAMESPACE: "{}", POD_NAME: "ü,=" };
    await using instance = await startAttached({ env });
    for (const { labels } of await scrape(instance)) {
      expect([labels.get("cluster"), labels.get("namespace"), labels.get("pod")]).toEqual([
        String.raw`a\"b\\c\nd`,
        "{}",
        "ü,=",
      ]);
    }
  });
});
