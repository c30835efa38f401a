import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseExposition, withoutLabels } from "../../test/parse-exposition.ts";
import {
  createManagerMetrics,
  describeManagerMetrics,
  type ManagerMetrics,
  type ManagerState,
} from "./manager-metrics.ts";

const labels = { cluster: "orders", namespace: "shop", pod: "orders-0" };

const idle: ManagerState = {
  isolation: {
    isWatched: true,
    isIsolated: false,
    apiServer: "not-asked",
    peers: "not-asked",
    knownPeers: 0,
    checkedMsAgo: undefined,
    areWritesHeld: undefined,
  },
  clusterObservedMsAgo: undefined,
  dataVolume: undefined,
};

function create(state: () => ManagerState = () => idle): ManagerMetrics {
  return createManagerMetrics({
    labels,
    version: "1.2.3",
    rotatedSubjects: ["password", "tls"],
    readState: async () => state(),
  });
}

async function read(metrics: ManagerMetrics) {
  return parseExposition(await metrics.render());
}

/** The series of one name, without the labels that all have. */
async function samplesOf(metrics: ManagerMetrics, name: string) {
  return (await read(metrics))
    .filter((sample) => sample.name === name)
    .map((sample) => ({ ...withoutLabels(sample.labels, labels), value: Number(sample.value) }));
}

describe("createManagerMetrics", () => {
  let metrics: ManagerMetrics;
  beforeEach(() => {
    metrics = create();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("labels every series with cluster, namespace and pod", async () => {
    metrics.observeRequest({ route: "/healthz", method: "GET", status: 200, durationMs: 1 });
    const samples = await read(metrics);
    expect(samples.length).toBeGreaterThan(20);
    expect(
      samples.filter((sample) => !Object.entries(labels).every(([k, v]) => sample.labels[k] === v)),
    ).toEqual([]);
  });

  it("leaves the prefix redis_ to Redis", async () => {
    expect((await read(metrics)).filter(({ name }) => name.startsWith("redis_"))).toEqual([]);
  });

  it("says which version runs", async () => {
    expect(await samplesOf(metrics, "instance_manager_build_info")).toEqual([
      { version: "1.2.3", node: process.versions.node, value: 1 },
    ]);
  });

  it("keeps two instances apart", async () => {
    const other = create();
    other.scrapeEnded({ stages: [] });
    expect(await samplesOf(metrics, "instance_manager_scrapes_total")).toEqual([{ value: 0 }]);
    expect(await samplesOf(other, "instance_manager_scrapes_total")).toEqual([{ value: 1 }]);
  });

  it("counts requests by route, method and status, and times them in seconds", async () => {
    metrics.observeRequest({ route: "/v1/status", method: "GET", status: 200, durationMs: 2 });
    metrics.observeRequest({ route: "/v1/status", method: "GET", status: 503, durationMs: 1_000 });
    expect(await samplesOf(metrics, "instance_manager_http_requests_total")).toEqual([
      { route: "/v1/status", method: "GET", status: "200", value: 1 },
      { route: "/v1/status", method: "GET", status: "503", value: 1 },
    ]);
    expect(await samplesOf(metrics, "instance_manager_http_request_duration_seconds_sum")).toEqual([
      { route: "/v1/status", method: "GET", value: 1.002 },
    ]);
  });

  it("shows a backup while it runs, and what it came to", async () => {
    vi.useFakeTimers({ now: 1_795_372_951_250, toFake: ["Date"] });
    metrics.backupStarted();
    expect(await samplesOf(metrics, "instance_manager_backup_in_progress")).toEqual([{ value: 1 }]);
    metrics.backupEnded({ method: "rdb", succeeded: true, durationMs: 1_500, sizeBytes: 4_096 });
    expect(await samplesOf(metrics, "instance_manager_backup_in_progress")).toEqual([{ value: 0 }]);
    expect(await samplesOf(metrics, "instance_manager_backup_last_success_timestamp_seconds")).toEqual([
      { method: "rdb", value: 1_795_372_951.25 },
    ]);
    expect(await samplesOf(metrics, "instance_manager_backup_last_success_duration_seconds")).toEqual([
      { method: "rdb", value: 1.5 },
    ]);
    expect(await samplesOf(metrics, "instance_manager_backup_last_success_size_bytes")).toEqual([
      { method: "rdb", value: 4_096 },
    ]);
  });

  it("counts what the store has acknowledged of backups", async () => {
    metrics.backupUploaded({ method: "aof", sizeBytes: 5 });
    metrics.backupUploaded({ method: "aof", sizeBytes: 7 });
    expect(await samplesOf(metrics, "instance_manager_backup_uploaded_bytes_total")).toEqual([
      { method: "rdb", value: 0 },
      { method: "aof", value: 12 },
    ]);
  });

  it("tells when the last backup failed", async () => {
    vi.useFakeTimers({ now: 1_795_372_951_250, toFake: ["Date"] });
    const name = "instance_manager_backup_last_failure_timestamp_seconds";
    expect(await samplesOf(metrics, name)).toEqual([]);
    metrics.backupEnded({ method: "rdb", succeeded: false, durationMs: 5 });
    expect(await samplesOf(metrics, name)).toEqual([{ method: "rdb", value: 1_795_372_951.25 }]);
  });

  it("counts a failed backup, and keeps what the last success came to", async () => {
    metrics.backupEnded({ method: "aof", succeeded: true, durationMs: 1_000, sizeBytes: 10 });
    metrics.backupEnded({ method: "aof", succeeded: false, durationMs: 5 });
    expect(await samplesOf(metrics, "instance_manager_backups_total")).toEqual([
      { method: "rdb", outcome: "succeeded", value: 0 },
      { method: "rdb", outcome: "failed", value: 0 },
      { method: "aof", outcome: "succeeded", value: 1 },
      { method: "aof", outcome: "failed", value: 1 },
    ]);
    expect(await samplesOf(metrics, "instance_manager_backup_last_success_size_bytes")).toEqual([
      { method: "aof", value: 10 },
    ]);
  });

  it("counts scrapes, times their stages, and counts those that failed by their code", async () => {
    metrics.scrapeEnded({ stages: [{ stage: "info", durationMs: 250, failure: undefined }] });
    metrics.scrapeEnded({
      stages: [
        { stage: "info", durationMs: 500, failure: undefined },
        { stage: "slowlog", durationMs: 2, failure: "REDIS_TIMED_OUT" },
      ],
    });
    expect(await samplesOf(metrics, "instance_manager_scrapes_total")).toEqual([{ value: 2 }]);
    expect(await samplesOf(metrics, "instance_manager_scrape_errors_total")).toEqual([
      { stage: "slowlog", code: "REDIS_TIMED_OUT", value: 1 },
    ]);
    expect(await samplesOf(metrics, "instance_manager_scrape_duration_seconds")).toEqual([
      { stage: "info", value: 0.5 },
      { stage: "slowlog", value: 0.002 },
    ]);
  });

  it("reads the process anew for every scrape, and counts no CPU time twice", async () => {
    await metrics.render();
    const before = process.cpuUsage();
    const [sample] = await samplesOf(metrics, "process_cpu_seconds_total");
    const after = process.cpuUsage();
    expect(sample?.value).toBeGreaterThanOrEqual((before.user + before.system) / 1e6);
    expect(sample?.value).toBeLessThanOrEqual((after.user + after.system) / 1e6);
  });

  it("counts role changes by the role that Redis itself names", async () => {
    metrics.roleChanged("replica");
    metrics.roleChanged("primary");
    metrics.roleChanged("primary");
    expect(await samplesOf(metrics, "instance_manager_role_changes_total")).toEqual([
      { to: "master", value: 2 },
      { to: "slave", value: 1 },
    ]);
  });

  it("counts restarts of Redis", async () => {
    expect(await samplesOf(metrics, "instance_manager_redis_restarts_total")).toEqual([{ value: 0 }]);
    metrics.redisRestarted();
    expect(await samplesOf(metrics, "instance_manager_redis_restarts_total")).toEqual([{ value: 1 }]);
  });

  it("counts rotations of what is watched from zero on", async () => {
    metrics.rotated("tls", "refused");
    expect(await samplesOf(metrics, "instance_manager_rotations_total")).toEqual([
      { subject: "password", outcome: "applied", value: 0 },
      { subject: "password", outcome: "refused", value: 0 },
      { subject: "password", outcome: "failed", value: 0 },
      { subject: "tls", outcome: "applied", value: 0 },
      { subject: "tls", outcome: "refused", value: 1 },
      { subject: "tls", outcome: "failed", value: 0 },
    ]);
  });

  it("counts isolation checks by their outcome", async () => {
    metrics.isolationChecked("isolated");
    expect(await samplesOf(metrics, "instance_manager_isolation_checks_total")).toEqual([
      { outcome: "reachable", value: 0 },
      { outcome: "isolated", value: 1 },
    ]);
  });

  it.each<[name: string, state: Partial<ManagerState["isolation"]>, value: number | undefined]>([
    ["primary_isolated", { isIsolated: true }, 1],
    ["primary_isolated", {}, 0],
    ["primary_isolated", { isWatched: false }, undefined],
    ["api_server_reachable", { apiServer: "reachable" }, 1],
    ["api_server_reachable", { apiServer: "unreachable" }, 0],
    ["api_server_reachable", { apiServer: "not-asked" }, undefined],
    ["api_server_reachable", { apiServer: "not-configured" }, undefined],
    ["peers", { knownPeers: 2 }, 2],
    ["peers_reachable", { peers: "reachable" }, 1],
    ["peers_reachable", { peers: "unreachable" }, 0],
    ["peers_reachable", { peers: "none-known" }, undefined],
    ["isolation_check_age_seconds", { checkedMsAgo: 1_500 }, 1.5],
    ["isolation_check_age_seconds", {}, undefined],
    ["writes_held", { areWritesHeld: true }, 1],
    ["writes_held", { areWritesHeld: false }, 0],
    ["writes_held", {}, undefined],
  ])("tells of isolation: %s of %j is %s", async (name, state, value) => {
    const metricsOfState = create(() => ({ ...idle, isolation: { ...idle.isolation, ...state } }));
    const expected = value === undefined ? [] : [{ value }];
    expect(await samplesOf(metricsOfState, `instance_manager_${name}`)).toEqual(expected);
  });

  it("tells when the API server last confirmed the RedisCluster", async () => {
    vi.useFakeTimers({ now: 1_795_372_951_250, toFake: ["Date"] });
    const name = "instance_manager_cluster_observed_timestamp_seconds";
    expect(await samplesOf(metrics, name)).toEqual([]);
    const observed = create(() => ({ ...idle, clusterObservedMsAgo: 250 }));
    expect(await samplesOf(observed, name)).toEqual([{ value: 1_795_372_951 }]);
  });

  it("tells how full the data volume is, and nothing any more once it hangs", async () => {
    let state: ManagerState = {
      ...idle,
      dataVolume: { sizeBytes: 9, availableBytes: 5, snapshotSizeBytes: undefined },
    };
    const ofVolume = create(() => state);
    expect(await samplesOf(ofVolume, "instance_manager_data_volume_size_bytes")).toEqual([{ value: 9 }]);
    expect(await samplesOf(ofVolume, "instance_manager_data_volume_available_bytes")).toEqual([{ value: 5 }]);
    expect(await samplesOf(ofVolume, "instance_manager_rdb_file_size_bytes")).toEqual([]);
    state = idle;
    expect(await samplesOf(ofVolume, "instance_manager_data_volume_size_bytes")).toEqual([]);
  });

  it("keeps the longest lateness of a timer until it is scraped", async () => {
    metrics.timerRan({ lateMs: 250 });
    metrics.timerRan({ lateMs: 1 });
    const name = "nodejs_eventloop_lag_max_seconds";
    expect(await samplesOf(metrics, name)).toEqual([{ value: 0.25 }]);
    expect(await samplesOf(metrics, name)).toEqual([{ value: 0 }]);
  });

  it("tells how many descriptors are open, and how many may be", async () => {
    const [open] = await samplesOf(metrics, "process_open_fds");
    const [max] = await samplesOf(metrics, "process_max_fds");
    expect(open?.value).toBeGreaterThan(2);
    expect(max?.value).toBeGreaterThan(open?.value ?? Infinity);
  });
});

describe("describeManagerMetrics", () => {
  it("lists every metric with its labels", async () => {
    const described = describeManagerMetrics();
    expect(described).toContainEqual({
      name: "instance_manager_rotations_total",
      type: "counter",
      help: expect.any(String),
      labelNames: ["subject", "outcome"],
    });
    const everythingKnown: ManagerState = {
      isolation: {
        ...idle.isolation,
        apiServer: "reachable",
        peers: "reachable",
        checkedMsAgo: 1,
        areWritesHeld: false,
      },
      clusterObservedMsAgo: 1,
      dataVolume: { sizeBytes: 3, availableBytes: 2, snapshotSizeBytes: 1 },
    };
    const rendered = (await create(() => everythingKnown).render()).matchAll(/^# TYPE (\S+) (\S+)$/gm);
    expect(described.map(({ name, type }) => [name, type])).toEqual(
      Array.from(rendered, ([, name, type]) => [name, type]),
    );
  });
});
