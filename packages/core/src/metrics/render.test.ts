import { describe, expect, it } from "vitest";
import { parseExposition, withoutLabels } from "../../test/parse-exposition.ts";
import { parseInfo } from "../redis/info.ts";
import type { RedisObservation } from "./observation.ts";
import { renderRedisMetrics } from "./render.ts";

const labels = { cluster: "orders", namespace: "shop", pod: "orders-0" };

function render(observation: RedisObservation) {
  return parseExposition(renderRedisMetrics(observation, labels));
}

function renderInfo(...lines: string[]) {
  return render({ up: true, info: parseInfo(lines.join("\r\n")), fenced: undefined });
}

function samplesOf(name: string, lines: readonly string[]) {
  return renderInfo(...lines)
    .filter((sample) => sample.name === name)
    .map((sample) => ({ ...withoutLabels(sample.labels, labels), value: sample.value }));
}

describe("renderRedisMetrics", () => {
  it("says no more than redis_up 0 and the fencing when Redis does not answer", () => {
    expect(render({ up: false, fenced: true })).toEqual([
      { name: "redis_up", type: "gauge", labels: { ...labels, role: "unknown" }, value: "0" },
      { name: "redis_fenced", type: "gauge", labels, value: "1" },
    ]);
  });

  it("says nothing of the fencing while nobody knows", () => {
    expect(render({ up: false, fenced: undefined }).map(({ name }) => name)).toEqual(["redis_up"]);
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
      { error: String.raw`MY"ERR\X`, value: "3" },
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
