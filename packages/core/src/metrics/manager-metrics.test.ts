import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseExposition, withoutLabels } from "../../test/parse-exposition.ts";
import { createManagerMetrics, type ManagerMetrics } from "./manager-metrics.ts";

const labels = { cluster: "orders", namespace: "shop", pod: "orders-0" };

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
    metrics = createManagerMetrics({ labels, version: "1.2.3" });
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
    const other = createManagerMetrics({ labels, version: "1.2.3" });
    other.scrapeEnded({ durationMs: 1, failure: undefined });
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

  it("counts scrapes, and those that failed by their code", async () => {
    metrics.scrapeEnded({ durationMs: 250, failure: undefined });
    metrics.scrapeEnded({ durationMs: 500, failure: "REDIS_TIMED_OUT" });
    expect(await samplesOf(metrics, "instance_manager_scrapes_total")).toEqual([{ value: 2 }]);
    expect(await samplesOf(metrics, "instance_manager_scrape_errors_total")).toEqual([
      { code: "REDIS_TIMED_OUT", value: 1 },
    ]);
    expect(await samplesOf(metrics, "instance_manager_last_scrape_duration_seconds")).toEqual([
      { value: 0.5 },
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
});
