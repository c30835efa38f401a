import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { leftOutFields } from "../src/metrics/catalogue/left-out.ts";
import { createManagerMetrics } from "../src/metrics/manager-metrics.ts";
import { describeRedisMetrics } from "../src/metrics/reference.ts";
import { createRedisRenderer } from "../src/metrics/render.ts";
import { parseInfo, parseInfoPairs } from "../src/redis/info.ts";
import { popularDashboards } from "./fixtures/popular-dashboards.ts";
import { parseExposition } from "./parse-exposition.ts";

const labels = { cluster: "orders", namespace: "shop", pod: "orders-0" };
const folder = fileURLToPath(new URL("fixtures/info/", import.meta.url));
const fixtures = readdirSync(folder).filter((name) => name.endsWith(".txt"));
// The others are of servers that do something at that moment, with no data or no clients.
const settled = fixtures.filter((name) => /-(primary|replica)\.txt$/.test(name));
const described = describeRedisMetrics().flatMap(({ metrics }) => metrics);
const renderRedis = createRedisRenderer({ labels, redisExporterNames: true });

function scrape(fixture: string) {
  const info = parseInfo(readFileSync(folder + fixture, "utf8"));
  const text = renderRedis({ up: true, info, fenced: false });
  const samples = parseExposition(text);
  return { info, text, samples, named: (name: string) => samples.filter((sample) => sample.name === name) };
}

// What every server since 6.2 reports, primary or replica.
const everywhere = {
  redis_connected_clients: "connected_clients",
  redis_blocked_clients: "blocked_clients",
  redis_rejected_connections_total: "rejected_connections",
  redis_used_memory_bytes: "used_memory",
  redis_used_memory_rss_bytes: "used_memory_rss",
  redis_used_memory_peak_bytes: "used_memory_peak",
  redis_maxmemory_bytes: "maxmemory",
  redis_mem_fragmentation_ratio: "mem_fragmentation_ratio",
  redis_evicted_keys_total: "evicted_keys",
  redis_total_commands_processed: "total_commands_processed",
  redis_instantaneous_ops_per_sec: "instantaneous_ops_per_sec",
  redis_keyspace_hits_total: "keyspace_hits",
  redis_keyspace_misses_total: "keyspace_misses",
  redis_connected_replicas: "connected_slaves",
  redis_replication_offset: "master_repl_offset",
  redis_rdb_last_save_timestamp: "rdb_last_save_time",
  redis_rdb_changes_since_last_save: "rdb_changes_since_last_save",
  redis_loading: "loading",
  redis_uptime_seconds: "uptime_in_seconds",
} as const;

// Dictated, by this project's callers and by redis_exporter.
const establishedNames = [
  "redis_instantaneous_ops_per_sec",
  "redis_total_commands_processed",
  "redis_rdb_last_bgsave_duration_sec",
  "redis_rdb_current_bgsave_duration_sec",
  "redis_aof_last_rewrite_duration_sec",
  "redis_aof_current_rewrite_duration_sec",
];

/** A field as the reference names it; a line of pairs is a field for each. */
function namesOf(name: string, value: string): readonly string[] {
  if (!value.includes("=")) return [name];
  const kind = name
    .replace(/^(cmdstat|latency_percentiles_usec)_.*/, "$1_CMD")
    .replace(/^errorstat_.*/, "errorstat_ERR")
    .replace(/^(db|slave|io_thread_|engine_|listener)\d+/, "$1N");
  return [...parseInfoPairs(value).keys()].map((key) => `${kind}: ${key}`);
}

function toPattern(name: string): RegExp {
  return new RegExp(`^${name.replaceAll("*", ".*").replace(/_N$/, String.raw`_\d+`)}$`);
}

describe.each(fixtures)("the metrics of %s", (fixture) => {
  const { info, text, samples, named } = scrape(fixture);

  it("show what every server reports, as INFO says it", () => {
    const shown = Object.keys(everywhere).map((name) => [name, named(name).map(({ value }) => value)]);
    expect(shown).toEqual(Object.entries(everywhere).map(([name, field]) => [name, [info.get(field)]]));
  });

  it("carry cluster, namespace and pod on every series", () => {
    expect(
      samples.filter((sample) => !Object.entries(labels).every(([k, v]) => sample.labels[k] === v)),
    ).toEqual([]);
  });

  it("carry the type and the labels that the reference says, and no others", () => {
    const known = new Map(
      described.map(({ name, type, labelNames }) => [name, [type, ...labelNames].toSorted()]),
    );
    const shown = samples.map(({ name, type, labels: all }) => {
      const own = Object.keys(all).filter((label) => !(label in labels));
      return [name, [type, ...own].toSorted()];
    });
    expect(shown).toEqual(samples.map(({ name }) => [name, known.get(name)]));
  });

  it("say nothing that INFO does not: no -1, no NaN", () => {
    expect(samples.filter(({ value }) => value === "-1" || Number.isNaN(Number(value)))).toEqual([]);
  });

  it("pass promtool but for established names, where it is installed", ({ skip }) => {
    const promtool = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
    if (promtool.error !== undefined) skip("promtool is not installed");
    const complaints = promtool.stderr.trim().split("\n");
    expect(complaints).toContain(
      'redis_total_commands_processed counter metrics should have "_total" suffix',
    );
    expect(
      complaints.filter((line) => !establishedNames.some((name) => line.startsWith(`${name} `))),
    ).toEqual([]);
  });

  it("leave no field of INFO unaccounted for", () => {
    const accounted = [
      ...described.flatMap(({ reads }) => reads),
      ...leftOutFields.flatMap(({ fields }) => fields),
    ].map(toPattern);
    const fields = [...info].flatMap(([name, value]) => namesOf(name, value));
    expect(fields.filter((name) => !accounted.some((pattern) => pattern.test(name)))).toEqual([]);
  });
});

describe.each(settled)("the metrics of %s", (fixture) => {
  const { info, named } = scrape(fixture);

  it("count the calls of every command, and nothing else as a command", () => {
    const lines = [...info].filter(([name]) => name.startsWith("cmdstat_"));
    expect(lines.length).toBeGreaterThan(3);
    expect(
      named("redis_command_calls_total").map(({ labels: { command }, value }) => [command, value]),
    ).toEqual(
      lines.map(([name, value]) => [name.slice("cmdstat_".length), parseInfoPairs(value).get("calls")]),
    );
  });

  it("show the two databases that hold keys", () => {
    expect(named("redis_db_keys").map(({ labels: { db } }) => db)).toEqual(["db0", "db3"]);
  });

  it("show the distribution of latencies, if the server tracks it", () => {
    const lines = [...info].filter(([name]) => name.startsWith("latency_percentiles_usec_"));
    expect(named("redis_command_latency_percentile_seconds")).toHaveLength(3 * lines.length);
    expect(lines.length > 0).toBe(!fixture.startsWith("redis-6.2"));
  });
});

describe.each(fixtures.filter((name) => name.includes("primary")))("the primary of %s", (fixture) => {
  const { info, named } = scrape(fixture);

  it("knows its replica's lag", () => {
    const replica = parseInfoPairs(info.get("slave0") ?? "");
    expect(named("redis_replication_lag_bytes")).toMatchObject([
      { labels: { role: "master", replica_ip: "127.0.0.1", replica_port: replica.get("port") }, value: "0" },
    ]);
  });

  it("has no link", () => {
    expect(named("redis_master_link_up")).toEqual([]);
    expect(named("redis_replica_repl_offset")).toEqual([]);
  });

  it("shows how long its last snapshot and AOF rewrite took", () => {
    expect(named("redis_rdb_last_bgsave_duration_seconds")).toHaveLength(1);
    expect(named("redis_aof_last_rewrite_duration_seconds")).toHaveLength(1);
  });

  it("counts the errors that it answered", () => {
    expect(named("redis_errors_total").map(({ labels: { err } }) => err)).toEqual(
      expect.arrayContaining(["ERR", "WRONGTYPE"]),
    );
  });
});

describe.each(fixtures.filter((name) => name.includes("replica")))("the replica of %s", (fixture) => {
  const { info, named } = scrape(fixture);

  it("shows its link and its offset, and no lag", () => {
    expect(named("redis_master_link_up")).toMatchObject([{ labels: { role: "slave" }, value: "1" }]);
    expect(named("redis_replica_repl_offset")).toMatchObject([{ value: info.get("slave_repl_offset") }]);
    expect(named("redis_replication_lag_bytes")).toEqual([]);
  });
});

describe("the catalogue", () => {
  it("shows each field under its own name", () => {
    const fields = Object.values(everywhere);
    const info = new Map(fields.map((field, index) => [field, String(1_000 + index)]));
    const samples = parseExposition(renderRedis({ up: true, info, fenced: undefined }));
    const shown = Object.keys(everywhere).map(
      (name) => samples.find((sample) => sample.name === name)?.value,
    );
    expect(shown).toEqual([...info.values()]);
  });

  it("has no row that no server feeds, but for what a server at rest does not report", () => {
    const fed = new Set(fixtures.flatMap((fixture) => scrape(fixture).samples.map(({ name }) => name)));
    expect(described.map(({ name }) => name).filter((name) => !fed.has(name))).toEqual([
      "redis_shutdown_remaining_seconds",
      "redis_rdb_current_bgsave_duration_seconds",
      "redis_aof_current_rewrite_duration_seconds",
      "redis_second_repl_offset",
      "redis_master_link_down_seconds",
      "redis_master_sync_size_bytes",
      "redis_slowlog_length",
      "redis_slowlog_last_id",
      "redis_last_slow_execution_duration_seconds",
      "redis_command_latency_seconds",
      "redis_rdb_current_bgsave_duration_sec",
      "redis_aof_current_rewrite_duration_sec",
    ]);
  });
});

describe.each(popularDashboards)("$title", ({ metrics, foreign = {} }) => {
  const labelsByName = new Map(described.map(({ name, labelNames }) => [name, labelNames]));

  it("finds every metric that it asks for, with the labels that it asks by", () => {
    const missing = Object.entries(metrics).flatMap(([name, asked]) => {
      const given = new Set([...Object.keys(labels), ...(labelsByName.get(name) ?? [])]);
      const lacks = asked.filter((label) => !given.has(label));
      return labelsByName.has(name) && lacks.length === 0 ? [] : [[name, lacks]];
    });
    expect(missing).toEqual([]);
  });

  it("finds nothing under the names that others give", () => {
    expect(Object.keys(foreign).filter((name) => labelsByName.has(name))).toEqual([]);
  });
});

describe("what a server version adds", () => {
  it.each([
    ["redis-6.2.16-primary.txt", { server: "redis", version: "6.2.16" }],
    ["redis-7.4.1-primary.txt", { server: "redis", version: "7.4.1" }],
    ["redis-8.0.2-primary.txt", { server: "redis", version: "8.0.2" }],
    ["redis-8.8-composed-primary.txt", { server: "redis", version: "8.8.3" }],
    ["valkey-8.0.1-primary.txt", { server: "valkey", version: "8.0.1" }],
    ["valkey-8.1.1-primary.txt", { server: "valkey", version: "8.1.1" }],
    ["valkey-9.1-composed-primary.txt", { server: "valkey", version: "9.1.2" }],
  ])("%s names its server", (fixture, identity) => {
    expect(scrape(fixture).named("redis_instance_info")).toMatchObject([
      { labels: { ...identity, mode: "standalone", role: "master" }, value: "1" },
    ]);
  });

  it("is shown for hash fields that expire (7.4)", () => {
    expect(scrape("redis-7.4.1-primary.txt").named("redis_db_hashes_with_expiring_fields")).toMatchObject([
      { labels: { db: "db0" }, value: "1" },
      { labels: { db: "db3" }, value: "0" },
    ]);
  });

  it("is shown for I/O threads (8.0)", () => {
    expect(scrape("redis-8.8-composed-primary.txt").named("redis_io_thread_reads_total")).toMatchObject([
      { labels: { thread: "0" }, value: "216" },
      { labels: { thread: "1" }, value: "7" },
    ]);
  });
});

describe("what a server does at the moment", () => {
  it("is shown while it loads its data set", () => {
    const { named } = scrape("redis-7.0.15-loading.txt");
    const values = (name: string) => named(name).map(({ value }) => value);
    expect(values("redis_loading")).toEqual(["1"]);
    expect(values("redis_loading_size_bytes")).toEqual(["20248988"]);
    expect(Number(values("redis_loading_loaded_bytes")[0])).toBeLessThan(20_248_988);
    expect(values("redis_loading_eta_seconds")).toHaveLength(1);
    expect(values("redis_db_keys")).toHaveLength(1);
  });

  it("is shown of a replica in its first synchronization: no link, no size yet, no age of one", () => {
    const { named } = scrape("redis-7.0.15-syncing.txt");
    const values = (name: string) => named(name).map(({ value }) => value);
    expect(values("redis_master_link_up")).toEqual(["0"]);
    expect(values("redis_master_sync_in_progress")).toEqual(["1"]);
    expect(values("redis_master_sync_read_bytes")).toEqual(["0"]);
    expect(values("redis_master_sync_size_bytes")).toEqual([]);
    expect(values("redis_master_link_down_seconds")).toEqual([]);
    expect(values("redis_master_last_io_seconds")).toEqual([]);
  });
});

describe("the answer to a scrape", () => {
  it("is one valid exposition, of Redis and of the manager together", async () => {
    const isolation = {
      isWatched: true,
      isIsolated: false,
      apiServer: "not-asked",
      peers: "reachable",
      knownPeers: 2,
      checkedMsAgo: 1,
      areWritesHeld: false,
    } as const;
    const dataVolume = { sizeBytes: 3, availableBytes: 2, snapshotSizeBytes: 1 };
    const manager = createManagerMetrics({
      labels,
      version: "1.2.3",
      rotatedSubjects: ["tls"],
      readState: async () => ({ isolation, clusterObservedMsAgo: 1, dataVolume }),
    });
    const { text, samples } = scrape("redis-7.0.15-primary.txt");
    const together = parseExposition(text + (await manager.render()));
    expect(together.length).toBeGreaterThan(samples.length);
  });
});
