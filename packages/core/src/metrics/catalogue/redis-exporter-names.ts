import { commandMetrics } from "./commands.ts";
import { clientMetrics } from "./clients.ts";
import { memoryMetrics } from "./memory.ts";
import { persistenceMetrics } from "./persistence.ts";
import { replicationMetrics } from "./replication.ts";
import { serverMetrics } from "./server.ts";
import { statsMetrics } from "./stats.ts";
import { trafficMetrics } from "./traffic.ts";
import { writeLabel } from "../exposition.ts";
import { asWritten, fromMicroseconds } from "./conversion.ts";
import { labelledById, labelledByPairs } from "./lines.ts";
import type { Metric, MetricTable } from "./metric.ts";
import { each, type Source } from "./source.ts";

const rows = {
  ...serverMetrics,
  ...clientMetrics,
  ...memoryMetrics,
  ...persistenceMetrics,
  ...trafficMetrics,
  ...statsMetrics,
  ...replicationMetrics,
  ...commandMetrics,
} satisfies MetricTable;

const byCmd = labelledById("cmdstat_CMD", "cmd");
const bySlave = labelledByPairs("slaveN", { ip: "slave_ip", port: "slave_port", state: "slave_state" });

/**
 * The names of redis_exporter that dashboards and alerts commonly ask for, where the catalogue calls the same otherwise, with its
 * units and labels. What redis_exporter reports as -1 has no series here either.
 *
 * @see https://github.com/oliver006/redis_exporter
 */
export const redisExporterMetrics = {
  redis_uptime_in_seconds: sameAs("redis_uptime_seconds"),
  redis_max_clients: sameAs("redis_maxclients"),
  redis_config_maxclients: sameAs("redis_maxclients"),
  redis_config_maxmemory: sameAs("redis_maxmemory_bytes"),
  redis_memory_max_bytes: sameAs("redis_maxmemory_bytes"),
  redis_memory_used_bytes: sameAs("redis_used_memory_bytes"),
  redis_memory_used_rss_bytes: sameAs("redis_used_memory_rss_bytes"),
  redis_memory_used_peak_bytes: sameAs("redis_used_memory_peak_bytes"),
  redis_memory_used_lua_bytes: sameAs("redis_used_memory_lua_bytes"),
  redis_memory_used_overhead_bytes: sameAs("redis_used_memory_overhead_bytes"),
  redis_memory_used_startup_bytes: sameAs("redis_used_memory_startup_bytes"),
  redis_memory_used_dataset_bytes: sameAs("redis_used_memory_dataset_bytes"),
  redis_memory_used_scripts_bytes: sameAs("redis_used_memory_scripts_bytes"),
  redis_mem_clients_normal: sameAs("redis_mem_clients_normal_bytes"),
  redis_mem_clients_slaves: sameAs("redis_mem_clients_replicas_bytes"),
  redis_mem_not_counted_for_eviction_bytes: sameAs("redis_mem_not_counted_for_evict_bytes"),
  redis_mem_total_replication_buffers_bytes: sameAs("redis_mem_replication_buffers_bytes"),
  redis_number_of_cached_scripts: sameAs("redis_cached_scripts"),

  redis_loading_dump_file: sameAs("redis_loading"),
  redis_rdb_last_save_timestamp_seconds: sameAs("redis_rdb_last_save_timestamp"),
  redis_rdb_last_bgsave_status: sameAs("redis_rdb_last_bgsave_success"),
  redis_rdb_last_bgsave_duration_sec: sameAs("redis_rdb_last_bgsave_duration_seconds"),
  redis_rdb_current_bgsave_duration_sec: sameAs("redis_rdb_current_bgsave_duration_seconds"),
  redis_aof_last_bgrewrite_status: sameAs("redis_aof_last_rewrite_success"),
  redis_aof_last_write_status: sameAs("redis_aof_last_write_success"),
  redis_aof_last_rewrite_duration_sec: sameAs("redis_aof_last_rewrite_duration_seconds"),
  redis_aof_current_rewrite_duration_sec: sameAs("redis_aof_current_rewrite_duration_seconds"),
  redis_aof_buffer_length: sameAs("redis_aof_buffer_size_bytes"),
  redis_aof_pending_bio_fsync: sameAs("redis_aof_pending_bio_fsyncs"),
  redis_aof_delayed_fsync: asGauge(sameAs("redis_aof_delayed_fsyncs_total")),

  redis_commands_processed_total: sameAs("redis_total_commands_processed"),
  redis_expired_subkeys_total: sameAs("redis_expired_hash_fields_total"),
  redis_latest_fork_seconds: sameAs("redis_latest_fork_duration_seconds"),
  redis_defrag_hits: asGauge(sameAs("redis_active_defrag_hits_total")),
  redis_defrag_misses: asGauge(sameAs("redis_active_defrag_misses_total")),
  redis_defrag_key_hits: asGauge(sameAs("redis_active_defrag_key_hits_total")),
  redis_defrag_key_misses: asGauge(sameAs("redis_active_defrag_key_misses_total")),
  redis_tracking_total_keys: sameAs("redis_tracking_keys"),
  redis_slave_expires_tracked_keys: sameAs("redis_replica_expires_tracked_keys"),

  redis_connected_slaves: sameAs("redis_connected_replicas"),
  redis_master_repl_offset: sameAs("redis_replication_offset"),
  redis_slave_priority: sameAs("redis_replica_priority"),
  redis_replication_backlog_bytes: sameAs("redis_repl_backlog_size_bytes"),
  redis_repl_backlog_is_active: sameAs("redis_repl_backlog_active"),
  redis_replica_resyncs_full: asGauge(sameAs("redis_sync_full_total")),
  redis_replica_partial_resync_accepted: asGauge(sameAs("redis_sync_partial_ok_total")),
  redis_replica_partial_resync_denied: asGauge(sameAs("redis_sync_partial_err_total")),
  redis_master_last_io_seconds_ago: sameAs(
    "redis_master_last_io_seconds",
    ofPrimary("master_last_io_seconds_ago"),
  ),
  redis_slave_repl_offset: sameAs("redis_replica_repl_offset", ofPrimary("slave_repl_offset")),
  redis_connected_slave_offset_bytes: sameAs("redis_connected_replica_offset_bytes", each(bySlave, "offset")),
  redis_connected_slave_lag_seconds: sameAs("redis_connected_replica_last_ack_seconds", each(bySlave, "lag")),

  redis_commands_total: sameAs("redis_command_calls_total", each(byCmd, "calls")),
  redis_commands_duration_seconds_total: sameAs(
    "redis_command_duration_seconds_total",
    each(byCmd, "usec", fromMicroseconds),
  ),
  redis_commands_rejected_calls_total: sameAs(
    "redis_command_rejected_calls_total",
    each(byCmd, "rejected_calls"),
  ),
  redis_commands_failed_calls_total: sameAs("redis_command_failed_calls_total", each(byCmd, "failed_calls")),
} satisfies MetricTable;

function sameAs(name: keyof typeof rows, source?: Source): Metric {
  const row: Metric = rows[name];
  return { ...row, help: `Another name of ${name}.`, otherNameOf: name, source: source ?? row.source };
}

/** As redis_exporter types it; its name is none of a counter. */
function asGauge(metric: Metric): Metric {
  return { ...metric, type: "gauge" };
}

/** A field of a replica's, with its primary as labels. */
function ofPrimary(name: string): Source {
  return {
    reads: [name, "master_host", "master_port"],
    labelNames: ["master_host", "master_port"],
    collect({ info }, emit) {
      const value = asWritten(info.get(name) ?? "");
      if (value === undefined) return;
      const host = writeLabel("master_host", info.get("master_host") ?? "");
      emit(value, host + writeLabel("master_port", info.get("master_port") ?? ""));
    },
  };
}
