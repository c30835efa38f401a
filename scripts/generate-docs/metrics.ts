import {
  describeManagerMetrics,
  describeRedisMetrics,
  leftOutFields,
} from "@redis-operator/instance-manager/metrics-reference";
import { renderTable } from "./api/markdown.ts";

type RedisMetric = ReturnType<typeof describeRedisMetrics>[number]["metrics"][number];

const sections = describeRedisMetrics();
const otherNames = sections.flatMap(({ metrics }) => metrics.filter(isOtherName));

/** docs/metrics.md: every metric of an instance manager, from the catalogue and the manager's registry. */
export function renderMetrics(): string {
  return [
    "# Metrics",
    "<!-- Written by scripts/generate-docs.ts from packages/core/src/metrics; edit that. -->",
    "`GET /metrics` of an instance manager answers in the Prometheus text format 0.0.4: Redis' metrics from one `INFO`, then the manager's own. " +
      "Prometheus scrapes each pod on port 8080 by its IP; with a PodMonitor set `honorLabels: true`, because `namespace` and `pod` are ours. " +
      "It is compressed for whoever asks for gzip.",
    "- **Labels.** `cluster`, `namespace` and `pod` stand on every series. `role` (`master` or `slave`) stands only where the role is the point, and only while Redis answers: " +
      "elsewhere a failover would end each series and begin another. Join on `redis_up` to get it: " +
      "`redis_connected_clients * on (cluster, namespace, pod) group_left (role) redis_up`.",
    "- **No series** stands for what Redis doesn't report, garbles or reports as -1, which means never or not applicable: no save yet, a link that isn't down. " +
      "A Redis that is down is still a 200, with `redis_up 0` and what the manager knows of itself.",
    "- **Digits.** Offsets and byte counts are written with every digit that Redis writes.",
    "- **Lag** in bytes is known to the side that is replicated from (`redis_replication_lag_bytes`, by replica). " +
      "On a replica, `redis_replication_offset` and `redis_replica_repl_offset` are the same number and no measure of it.",
    "- **Servers.** Redis 6.2 to 8.8 and Valkey 8 and 9; what only one of them reports is absent elsewhere.",
    "- **Switches** ([configuration.md](configuration.md)): `METRICS_TIMEOUT`, `METRICS_REDIS_EXPORTER_NAMES_ENABLED`, `METRICS_SLOW_LOG_ENABLED`, `METRICS_LATENCY_HISTOGRAMS_ENABLED`. " +
      "What else is read beside `INFO` may fail for itself, say for want of an ACL permission: the rest stays, and `instance_manager_scrape_errors_total` counts it by stage.",
    "- **Cost.** Scrapers that come at the same moment share one `INFO`. [bench/README.md](../bench/README.md) has the figures.",
    ...sections
      .filter(({ metrics }) => !metrics.some(isOtherName))
      .flatMap(({ section, metrics }) => [`## Redis: ${section}`, renderRedisMetrics(metrics)]),
    "## The names of redis_exporter",
    "On by default, so that dashboards and alerts made for [redis_exporter](https://github.com/oliver006/redis_exporter) keep working; many metrics above already have the name that it gives them. " +
      "Different from it: -1 is no series; `redis_master_link_up` has no `master_host`; " +
      "percentiles stand in `redis_command_latency_percentile_seconds`, and metrics of keys, streams, modules, sentinels and `CLUSTER INFO` aren't here.",
    renderTable(
      ["name", "labels", "another name of"],
      otherNames.map(({ name, labelNames, otherNameOf }) => [
        code(name),
        codes(labelNames),
        code(otherNameOf ?? ""),
      ]),
    ),
    "## The manager's own",
    renderTable(
      ["name", "type", "labels", "meaning"],
      describeManagerMetrics().map(({ name, type, labelNames, help }) => [
        code(name),
        type,
        codes(labelNames),
        help,
      ]),
    ),
    "## Left out",
    "Fields of `INFO` that no metric shows:",
    ...leftOutFields.map(({ because, fields }) => `- ${because} ${codes(fields)}`),
  ].join("\n\n");
}

function isOtherName({ otherNameOf }: RedisMetric): boolean {
  return otherNameOf !== undefined;
}

function renderRedisMetrics(metrics: readonly RedisMetric[]): string {
  return renderTable(
    ["name", "type", "labels", "from", "meaning", "redis_exporter's name"],
    metrics.map(({ name, type, labelNames, reads, help }) => [
      code(name),
      type,
      codes(labelNames),
      codes(reads),
      help,
      codes(otherNames.filter(({ otherNameOf }) => otherNameOf === name).map((other) => other.name)),
    ]),
  );
}

function code(name: string): string {
  return `\`${name}\``;
}

function codes(names: readonly string[]): string {
  return names.map(code).join(", ");
}
