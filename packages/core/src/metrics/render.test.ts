import { describe, expect, it } from "vitest";
import { parseExposition, withoutLabels } from "../../test/parse-exposition.ts";
import { parseInfo } from "../redis/info.ts";
import type { RedisObservation } from "./observation.ts";
import { createRedisRenderer } from "./render.ts";

const labels = { cluster: "orders", namespace: "shop", pod: "orders-0" };

const renderRedis = createRedisRenderer({ labels, redisExporterNames: false });

function render(observation: RedisObservation) {
  return parseExposition(renderRedis(observation));
}

function renderInfo(...lines: string[]) {
  return render({ up: true, info: parseInfo(lines.join("\r\n")), fenced: undefined });
}

function samplesOf(name: string, lines: readonly string[]) {
  return renderInfo(...lines)
    .filter((sample) => sample.name === name)
    .map((sample) => ({ ...withoutLabels(sample.labels, labels), value: sample.value }));
}

describe("createRedisRenderer", () => {
  it("says no more than redis_up 0 and the fencing when Redis does not answer", () => {
    expect(render({ up: false, fenced: true })).toEqual([
      { name: "redis_up", type: "gauge", labels, value: "0" },
      { name: "redis_fenced", type: "gauge", labels, value: "1" },
    ]);
  });

  it("says nothing of the fencing while nobody knows", () => {
    expect(render({ up: false, fenced: undefined }).map(({ name }) => name)).toEqual(["redis_up"]);
  });

  it("escapes quotes, backslashes and newlines in the labels of every series", () => {
    const odd = { cluster: 'a"b', namespace: "c\\d", pod: "e\nf" };
    const text = createRedisRenderer({ labels: odd, redisExporterNames: true })({ up: false, fenced: true });
    expect(parseExposition(text).map((series) => series.labels)).toEqual([odd, odd]);
  });

  it("keeps every digit of a 64-bit offset", () => {
    expect(
      samplesOf("redis_replication_offset", ["role:master", "master_repl_offset:9223372036854775807"]),
    ).toEqual([{ role: "master", value: "9223372036854775807" }]);
  });

  it("puts the role on what is about the role, and on nothing else", () => {
    const withRole = renderInfo("role:slave", "slave_repl_offset:7", "used_memory:1", "uptime_in_seconds:2")
      .filter((sample) => "role" in sample.labels)
      .map(({ name }) => name);
    expect(withRole).toEqual(["redis_up", "redis_instance_info", "redis_replica_repl_offset"]);
  });

  it.each([
    ["-1", "rdb_last_bgsave_time_sec:-1", "redis_rdb_last_bgsave_duration_seconds"],
    ["-1", "master_link_down_since_seconds:-1", "redis_master_link_down_seconds"],
    ["no number", "mem_fragmentation_ratio:nan", "redis_mem_fragmentation_ratio"],
    ["empty", "connected_clients:", "redis_connected_clients"],
    ["of a shape that INFO has not had so far", "used_memory:12MB", "redis_used_memory_bytes"],
    ["a third link status", "master_link_status:connecting", "redis_master_link_up"],
  ])("has no sample for a value that is %s (%s)", (_what, line, name) => {
    expect(samplesOf(name, [line])).toEqual([]);
  });

  it("tells Redis by its own version", () => {
    expect(
      samplesOf("redis_instance_info", [
        "redis_version:7.0.15",
        "redis_mode:standalone",
        "maxmemory_policy:noeviction",
        "role:master",
      ]),
    ).toEqual([
      {
        role: "master",
        server: "redis",
        version: "7.0.15",
        mode: "standalone",
        maxmemory_policy: "noeviction",
        value: "1",
      },
    ]);
  });

  it("tells Valkey by its own version, not by the one that it is compatible with", () => {
    expect(
      samplesOf("redis_instance_info", [
        "redis_version:7.2.4",
        "server_name:valkey",
        "valkey_version:8.0.1",
        "server_mode:cluster",
        "role:slave",
      ]),
    ).toMatchObject([{ server: "valkey", version: "8.0.1", mode: "cluster" }]);
  });

  it("escapes what a label value may hold", () => {
    expect(samplesOf("redis_errors_total", [String.raw`errorstat_MY"ERR\X:count=3`])).toEqual([
      { err: String.raw`MY"ERR\X`, value: "3" },
    ]);
  });

  it("shows only Redis' own errors where scripts have made up more than 128 kinds", () => {
    const madeUp = Array.from({ length: 127 }, (_, index) => `errorstat_MADE_UP_${index}:count=1`);
    const lines = (kinds: number) => [
      "errorstat_OOM:count=2",
      ...madeUp.slice(0, kinds),
      "errorstat_ERR:count=3",
    ];
    expect(samplesOf("redis_errors_total", lines(126))).toHaveLength(128);
    expect(samplesOf("redis_errors_total", lines(127))).toEqual([
      { err: "OOM", value: "2" },
      { err: "ERR", value: "3" },
    ]);
  });

  it("reads key=value lines by key, wherever a server puts it", () => {
    expect(samplesOf("redis_db_keys", ["db0:subexpiry=1,avg_ttl=0,keys=5,expires=2", "db11:keys=6"])).toEqual(
      [
        { db: "db0", value: "5" },
        { db: "db11", value: "6" },
      ],
    );
  });

  it("shows the latency percentiles that are configured as quantiles, in seconds", () => {
    const line =
      "latency_percentiles_usec_config|get:p0=1.003,p50=12.031,p99.9=20.095,p99.99=33.5,p100=50.047,p50=12.031";
    expect(samplesOf("redis_command_latency_percentile_seconds", [line])).toEqual([
      { command: "config|get", quantile: "0", value: "0.000001003" },
      { command: "config|get", quantile: "0.5", value: "0.000012031" },
      { command: "config|get", quantile: "0.999", value: "0.000020095" },
      { command: "config|get", quantile: "0.9999", value: "0.0000335" },
      { command: "config|get", quantile: "1", value: "0.000050047" },
    ]);
  });

  it("finds a key by its whole name", () => {
    expect(
      samplesOf("redis_command_calls_total", ["cmdstat_get:rejected_calls=1,failed_calls=2,calls=3"]),
    ).toEqual([{ command: "get", value: "3" }]);
  });

  it("shows the expiry of the certificates that there are", () => {
    expect(
      samplesOf("redis_tls_certificate_remaining_seconds", [
        "tls_server_cert_serial:01A2",
        "tls_server_cert_expires_in_seconds:7776000",
        "tls_client_cert_serial:none",
        "tls_client_cert_expires_in_seconds:0",
      ]),
    ).toEqual([{ certificate: "server", value: "7776000" }]);
  });

  it("takes no other field for a database, a replica or a command", () => {
    expect(
      renderInfo(
        "db0_distrib_strings_sizes:keys=1",
        "slave_priority:offset=3",
        "cmdstat_:calls=2",
        "dbx:keys=1",
      ).map(({ name }) => name),
    ).toEqual(["redis_up", "redis_instance_info"]);
  });
});

describe("redis_replication_lag_bytes", () => {
  const name = "redis_replication_lag_bytes";

  it("is the difference to each online replica's acknowledged offset", () => {
    expect(
      samplesOf(name, [
        "role:master",
        "slave0:ip=10.0.0.8,port=6379,state=online,offset=9007199254740993,lag=0,type=replica",
        "slave1:ip=fd00::9,port=6380,state=online,offset=9007199254741001,lag=1",
        "master_repl_offset:9007199254741001",
      ]),
    ).toEqual([
      { role: "master", replica_ip: "10.0.0.8", replica_port: "6379", value: "8" },
      { role: "master", replica_ip: "fd00::9", replica_port: "6380", value: "0" },
    ]);
  });

  it("is known to a replica of its own replicas, and not of itself", () => {
    const replica = ["role:slave", "slave_repl_offset:70", "master_repl_offset:100"];
    expect(samplesOf(name, replica)).toEqual([]);
    expect(
      samplesOf(name, [...replica, "slave0:ip=10.0.0.9,port=6379,state=online,offset=90,lag=0"]),
    ).toEqual([{ role: "slave", replica_ip: "10.0.0.9", replica_port: "6379", value: "10" }]);
  });

  it.each([
    ["a replica that is still synchronizing", "slave0:ip=a,port=1,state=send_bulk,offset=0,lag=0"],
    ["a replica without an offset", "slave0:ip=a,port=1,state=online,lag=0"],
    ["a replica with a garbled offset", "slave0:ip=a,port=1,state=online,offset=1x,lag=0"],
  ])("is absent for %s", (_what, line) => {
    expect(samplesOf(name, ["role:master", line, "master_repl_offset:100"])).toEqual([]);
  });

  it("is no more than the backlog holds for a replica that has continued its link and acknowledged nothing yet", () => {
    const line = "slave0:ip=a,port=1,state=online,offset=0,lag=0";
    expect(
      samplesOf(name, ["role:master", line, "master_repl_offset:100", "repl_backlog_first_byte_offset:91"]),
    ).toMatchObject([{ value: "10" }]);
  });

  it("stands once for a replica that reconnected, by its newer connection", () => {
    expect(
      samplesOf(name, [
        "role:master",
        "slave0:ip=10.0.0.8,port=6379,state=online,offset=10,lag=50",
        "slave1:ip=10.0.0.8,port=6379,state=online,offset=100,lag=0",
        "master_repl_offset:100",
      ]),
    ).toEqual([{ role: "master", replica_ip: "10.0.0.8", replica_port: "6379", value: "0" }]);
  });
});

describe("the names of redis_exporter", () => {
  const lines = [
    "role:slave",
    "uptime_in_seconds:5",
    "used_memory:7",
    "master_host:10.0.0.7",
    "master_port:6379",
    "master_last_io_seconds_ago:3",
    "slave_repl_offset:9",
    "slave0:ip=10.0.0.9,port=6380,state=online,offset=8,lag=1",
    "cmdstat_config|get:calls=2,usec=1500000,usec_per_call=1,rejected_calls=3,failed_calls=4",
  ];
  const info = parseInfo(lines.join("\r\n"));

  function namesOf(redisExporterNames: boolean) {
    const text = createRedisRenderer({ labels, redisExporterNames })({ up: true, info, fenced: false });
    return parseExposition(text);
  }

  it("stand beside the catalogue's own, with redis_exporter's labels and without the role", () => {
    const own = new Set(namesOf(false).map(({ name }) => name));
    const added = namesOf(true).filter(({ name }) => !own.has(name));
    expect(added.map(({ name, labels: all, value }) => [name, withoutLabels(all, labels), value])).toEqual([
      ["redis_uptime_in_seconds", {}, "5"],
      ["redis_memory_used_bytes", {}, "7"],
      ["redis_master_last_io_seconds_ago", { master_host: "10.0.0.7", master_port: "6379" }, "3"],
      ["redis_slave_repl_offset", { master_host: "10.0.0.7", master_port: "6379" }, "9"],
      [
        "redis_connected_slave_offset_bytes",
        { slave_ip: "10.0.0.9", slave_port: "6380", slave_state: "online" },
        "8",
      ],
      [
        "redis_connected_slave_lag_seconds",
        { slave_ip: "10.0.0.9", slave_port: "6380", slave_state: "online" },
        "1",
      ],
      ["redis_commands_total", { cmd: "config|get" }, "2"],
      ["redis_commands_duration_seconds_total", { cmd: "config|get" }, "1.5"],
      ["redis_commands_rejected_calls_total", { cmd: "config|get" }, "3"],
      ["redis_commands_failed_calls_total", { cmd: "config|get" }, "4"],
    ]);
  });
});

function samplesWith(extra: Partial<Extract<RedisObservation, { up: true }>>) {
  const info = parseInfo("cmdstat_get:calls=4,usec=90\r\ncmdstat_set:calls=1,usec=5");
  return render({ up: true, info, fenced: undefined, ...extra })
    .filter(({ name }) => /slow|latency/.test(name))
    .map(({ name, labels: all, value }) => [name, withoutLabels(all, labels), value]);
}

describe("what is read beside INFO", () => {
  it("shows the slow log's length and newest entry", () => {
    expect(samplesWith({ slowLog: { length: 2, last: { id: 17, durationUs: 12_500 } } })).toEqual([
      ["redis_slowlog_length", {}, "2"],
      ["redis_slowlog_last_id", {}, "17"],
      ["redis_last_slow_execution_duration_seconds", {}, "0.0125"],
    ]);
  });

  it("shows of an empty slow log only that it is empty", () => {
    expect(samplesWith({ slowLog: { length: 0, last: undefined } })).toEqual([
      ["redis_slowlog_length", {}, "0"],
    ]);
  });

  it("shows cumulative histograms with the same bounds for every command", () => {
    const buckets = [
      { upToUs: 8, calls: 1 },
      { upToUs: 33, calls: 3 },
      { upToUs: 1_082_130, calls: 4 },
    ];
    const samples = samplesWith({ latencies: new Map([["get", { calls: 4, buckets }]]) });
    const shown = new Map(samples.map(([name, own, value]) => [JSON.stringify([name, own]), value]));
    const bucket = (le: string) =>
      shown.get(JSON.stringify(["redis_command_latency_seconds_bucket", { command: "get", le }]));
    expect(
      ["0.000004", "0.000008", "0.000016", "0.000033", "0.541065", "1.08213", "+Inf"].map(bucket),
    ).toEqual(["0", "1", "1", "3", "3", "4", "4"]);
    expect(samples).toHaveLength(24);
    expect(samples.slice(-2)).toEqual([
      ["redis_command_latency_seconds_sum", { command: "get" }, "0.00009"],
      ["redis_command_latency_seconds_count", { command: "get" }, "4"],
    ]);
  });
});
