import { writeLabel } from "../exposition.ts";
import { asWritten, fromMilliseconds } from "./conversion.ts";
import { gauge, type MetricTable } from "./metric.ts";
import { field, type Source } from "./source.ts";

const startTime: Source = {
  reads: ["server_time_usec", "uptime_in_seconds"],
  labelNames: [],
  collect({ info }, emit) {
    const now = asWritten(info.get("server_time_usec") ?? "");
    const uptime = asWritten(info.get("uptime_in_seconds") ?? "");
    if (now !== undefined && uptime !== undefined)
      emit(String(Math.floor(Number(now) / 1e6) - Number(uptime)));
  },
};

const certificates = ["server", "client", "ca"] as const;

const certificateExpiry: Source = {
  reads: certificates.map((certificate) => `tls_${certificate}_cert_expires_in_seconds`),
  labelNames: ["certificate"],
  collect({ info }, emit) {
    for (const certificate of certificates) {
      // Where there is none, it would expire in 0 seconds.
      const isThere = (info.get(`tls_${certificate}_cert_serial`) ?? "none") !== "none";
      const value = asWritten(info.get(`tls_${certificate}_cert_expires_in_seconds`) ?? "");
      if (isThere && value !== undefined) emit(value, writeLabel("certificate", certificate));
    }
  },
};

/** INFO sections `server`, `cluster` and `tls`. */
export const serverMetrics = {
  redis_uptime_seconds: gauge(field("uptime_in_seconds"), "Seconds since Redis started."),
  redis_start_time_seconds: gauge(startTime, "Unix time at which Redis started, to the second."),
  redis_io_threads_active: gauge(
    field("io_threads_active"),
    "Whether I/O threads are at work (1) or not (0).",
  ),
  redis_shutdown_remaining_seconds: gauge(
    field("shutdown_in_milliseconds", fromMilliseconds),
    "Seconds that a shutdown will still wait for lagging replicas; only during a shutdown.",
  ),
  redis_cluster_enabled: gauge(field("cluster_enabled"), "Whether Redis Cluster is enabled (1) or not (0)."),
  redis_tls_certificate_remaining_seconds: gauge(
    certificateExpiry,
    "Seconds until each TLS certificate that Redis uses expires (Valkey).",
  ),
} satisfies MetricTable;
