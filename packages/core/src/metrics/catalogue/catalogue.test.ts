import { describe, expect, it } from "vitest";
import { catalogue, redisExporterSection } from "./catalogue.ts";

const rows = catalogue.flatMap(({ metrics }) =>
  Object.entries(metrics).map(([name, metric]) => ({ name, ...metric })),
);
const names = rows.map(({ name }) => name);
const otherRows = Object.entries(redisExporterSection.metrics);

// Dashboards and alerts of existing installations ask for these.
const promisedNames = [
  "redis_up",
  "redis_instance_info",
  "redis_connected_clients",
  "redis_blocked_clients",
  "redis_rejected_connections_total",
  "redis_used_memory_bytes",
  "redis_used_memory_rss_bytes",
  "redis_used_memory_peak_bytes",
  "redis_maxmemory_bytes",
  "redis_mem_fragmentation_ratio",
  "redis_evicted_keys_total",
  "redis_total_commands_processed",
  "redis_command_calls_total",
  "redis_instantaneous_ops_per_sec",
  "redis_keyspace_hits_total",
  "redis_keyspace_misses_total",
  "redis_connected_replicas",
  "redis_replication_offset",
  "redis_replica_repl_offset",
  "redis_replication_lag_bytes",
  "redis_master_link_up",
  "redis_rdb_last_save_timestamp",
  "redis_rdb_last_bgsave_duration_seconds",
  "redis_aof_last_rewrite_duration_seconds",
  "redis_rdb_changes_since_last_save",
  "redis_loading",
  "redis_fenced",
  "redis_uptime_seconds",
];

describe("the catalogue", () => {
  it.each(promisedNames)("holds %s", (name) => {
    expect(names).toContain(name);
  });

  it("holds no name twice, redis_exporter's included", () => {
    const all = [...names, ...otherRows.map(([name]) => name)];
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });

  it("uses valid metric names only", () => {
    expect(names.filter((name) => !/^redis_[a-z0-9_]+$/.test(name))).toEqual([]);
  });

  it("ends the names of counters in _total, and no others; one keeps its established name", () => {
    const mismatched = rows.filter(({ name, type }) => name.endsWith("_total") !== (type === "counter"));
    expect(mismatched.map(({ name, type }) => [name, type])).toEqual([
      ["redis_total_commands_processed", "counter"],
    ]);
  });

  it("names base units only", () => {
    expect(
      names.filter((name) => /_(ms|msec|milliseconds|usec|microseconds|kb|kbps|perc)(_|$)/.test(name)),
    ).toEqual([]);
  });

  it("says of every name of redis_exporter's which row it is another name of", () => {
    expect(otherRows.filter(([, { otherNameOf }]) => !names.includes(otherNameOf ?? ""))).toEqual([]);
  });

  it("explains every metric in a sentence", () => {
    expect(rows.filter(({ help }) => !/^[A-Z].+\.$/.test(help)).map(({ name }) => name)).toEqual([]);
  });
});
