import { flag, fromPercent } from "./conversion.ts";
import { counter, gauge, type MetricTable } from "./metric.ts";
import { field } from "./source.ts";

const isOk = flag("ok", "err");

const rdbMetrics = {
  redis_rdb_changes_since_last_save: gauge(
    field("rdb_changes_since_last_save"),
    "Changes since the last snapshot: what a crash loses without an AOF.",
  ),
  redis_rdb_bgsave_in_progress: gauge(
    field("rdb_bgsave_in_progress"),
    "Whether a snapshot is being saved (1) or not (0).",
  ),
  redis_rdb_last_save_timestamp: gauge(
    field("rdb_last_save_time"),
    "Unix time of the last successful snapshot, in seconds; the start of Redis before the first.",
  ),
  redis_rdb_last_bgsave_success: gauge(
    field("rdb_last_bgsave_status", isOk),
    "Whether the last snapshot succeeded (1) or failed (0).",
  ),
  redis_rdb_last_bgsave_duration_seconds: gauge(
    field("rdb_last_bgsave_time_sec"),
    "How long the last snapshot took; absent before the first.",
  ),
  redis_rdb_current_bgsave_duration_seconds: gauge(
    field("rdb_current_bgsave_time_sec"),
    "How long the running snapshot has taken so far; absent while none runs.",
  ),
  redis_rdb_saves_total: counter(field("rdb_saves"), "Snapshots saved."),
  redis_rdb_saves_consecutive_failures: gauge(
    field("rdb_saves_consecutive_failures"),
    "Snapshots that failed since the last one that succeeded.",
  ),
  redis_rdb_last_cow_size_bytes: gauge(
    field("rdb_last_cow_size"),
    "Copy-on-write memory of the last snapshot.",
  ),
  redis_rdb_last_load_keys_loaded: gauge(
    field("rdb_last_load_keys_loaded"),
    "Keys that the last RDB load brought.",
  ),
  redis_rdb_last_load_keys_expired: gauge(
    field("rdb_last_load_keys_expired"),
    "Keys that had expired and were left out by the last RDB load.",
  ),
} satisfies MetricTable;

const aofMetrics = {
  redis_aof_enabled: gauge(field("aof_enabled"), "Whether the append-only file is on (1) or off (0)."),
  redis_aof_rewrite_in_progress: gauge(
    field("aof_rewrite_in_progress"),
    "Whether an AOF rewrite runs (1) or not (0).",
  ),
  redis_aof_rewrite_scheduled: gauge(
    field("aof_rewrite_scheduled"),
    "Whether an AOF rewrite waits for a snapshot to end (1) or not (0).",
  ),
  redis_aof_last_rewrite_duration_seconds: gauge(
    field("aof_last_rewrite_time_sec"),
    "How long the last AOF rewrite took; absent before the first.",
  ),
  redis_aof_current_rewrite_duration_seconds: gauge(
    field("aof_current_rewrite_time_sec"),
    "How long the running AOF rewrite has taken so far; absent while none runs.",
  ),
  redis_aof_last_rewrite_success: gauge(
    field("aof_last_bgrewrite_status", isOk),
    "Whether the last AOF rewrite succeeded (1) or failed (0).",
  ),
  redis_aof_rewrites_total: counter(field("aof_rewrites"), "AOF rewrites performed."),
  redis_aof_rewrites_consecutive_failures: gauge(
    field("aof_rewrites_consecutive_failures"),
    "AOF rewrites that failed since the last one that succeeded.",
  ),
  redis_aof_last_write_success: gauge(
    field("aof_last_write_status", isOk),
    "Whether the last write to the AOF succeeded (1) or failed (0).",
  ),
  redis_aof_last_cow_size_bytes: gauge(
    field("aof_last_cow_size"),
    "Copy-on-write memory of the last AOF rewrite.",
  ),
  redis_aof_current_size_bytes: gauge(field("aof_current_size"), "Size of the AOF."),
  redis_aof_base_size_bytes: gauge(
    field("aof_base_size"),
    "Size of the AOF after the last rewrite or start.",
  ),
  redis_aof_pending_rewrite: gauge(
    field("aof_pending_rewrite"),
    "Whether an AOF rewrite will follow the running snapshot (1) or not (0).",
  ),
  redis_aof_buffer_size_bytes: gauge(field("aof_buffer_length"), "Size of the AOF buffer."),
  redis_aof_rewrite_buffer_size_bytes: gauge(
    field("aof_rewrite_buffer_length"),
    "Size of the buffer of a running AOF rewrite (before 7.0).",
  ),
  redis_aof_pending_bio_fsyncs: gauge(
    field("aof_pending_bio_fsync"),
    "AOF fsyncs that wait in the background queue.",
  ),
  redis_aof_delayed_fsyncs_total: counter(
    field("aof_delayed_fsync"),
    "AOF writes that were delayed by a running fsync: the disk is too slow.",
  ),
} satisfies MetricTable;

const loadingAndForkMetrics = {
  redis_loading: gauge(field("loading"), "Whether Redis is loading its dataset (1) or not (0)."),
  redis_async_loading: gauge(
    field("async_loading"),
    "Whether a replica is loading a dataset while it still serves the old one (1) or not (0).",
  ),
  redis_loading_start_timestamp_seconds: gauge(
    field("loading_start_time"),
    "Unix time at which loading began.",
  ),
  redis_loading_size_bytes: gauge(field("loading_total_bytes"), "Size of the file that is being loaded."),
  redis_loading_loaded_bytes: gauge(field("loading_loaded_bytes"), "Bytes loaded so far."),
  redis_loading_rdb_used_memory_bytes: gauge(
    field("loading_rdb_used_mem"),
    "Memory that the server used which wrote the file that is being loaded.",
  ),
  redis_loading_eta_seconds: gauge(field("loading_eta_seconds"), "Estimated seconds until loading ends."),
  redis_current_cow_size_bytes: gauge(
    field("current_cow_size"),
    "Copy-on-write memory of the running child process.",
  ),
  redis_current_cow_peak_bytes: gauge(
    field("current_cow_peak"),
    "Peak copy-on-write memory of the running child process.",
  ),
  redis_current_cow_size_age_seconds: gauge(
    field("current_cow_size_age"),
    "Age of the copy-on-write size of the running child process.",
  ),
  redis_current_fork_progress_ratio: gauge(
    field("current_fork_perc", fromPercent),
    "Progress of the running child process.",
  ),
  redis_current_save_keys_processed: gauge(
    field("current_save_keys_processed"),
    "Keys that the running save has processed.",
  ),
  redis_current_save_keys: gauge(
    field("current_save_keys_total"),
    "Keys that there were when the running save began.",
  ),
  redis_module_fork_in_progress: gauge(
    field("module_fork_in_progress"),
    "Whether a child process of a module runs (1) or not (0).",
  ),
  redis_module_fork_last_cow_size_bytes: gauge(
    field("module_fork_last_cow_size"),
    "Copy-on-write memory of the last child process of a module.",
  ),
  redis_slot_migration_fork_in_progress: gauge(
    field("slot_migration_fork_in_progress"),
    "Whether a child process sends slots to another node (1) or not (0) (Valkey).",
  ),
} satisfies MetricTable;

/** INFO section `persistence`. */
export const persistenceMetrics = {
  ...loadingAndForkMetrics,
  ...rdbMetrics,
  ...aofMetrics,
} satisfies MetricTable;
