import { fromMilliseconds } from "./conversion.ts";
import { gauge, type MetricTable } from "./metric.ts";
import { field } from "./source.ts";

/** INFO sections `server` and `cluster`. */
export const serverMetrics = {
  redis_uptime_seconds: gauge(field("uptime_in_seconds"), "Seconds since Redis started."),
  redis_io_threads_active: gauge(
    field("io_threads_active"),
    "Whether I/O threads are at work (1) or not (0).",
  ),
  redis_shutdown_remaining_seconds: gauge(
    field("shutdown_in_milliseconds", fromMilliseconds),
    "Seconds that a shutdown will still wait for lagging replicas; only during a shutdown.",
  ),
  redis_cluster_enabled: gauge(field("cluster_enabled"), "Whether Redis Cluster is enabled (1) or not (0)."),
} satisfies MetricTable;
