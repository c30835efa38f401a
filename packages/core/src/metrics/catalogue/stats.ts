import { fromKibibytes, fromMicroseconds, fromMilliseconds, fromPercent } from "./conversion.ts";
import { counter, gauge, type MetricTable } from "./metric.ts";
import { each, field } from "./source.ts";

const trafficMetrics = {
  redis_connections_received_total: counter(field("total_connections_received"), "Connections accepted."),
  redis_rejected_connections_total: counter(
    field("rejected_connections"),
    "Connections refused because maxclients was reached.",
  ),
  redis_total_commands_processed: counter(field("total_commands_processed"), "Commands processed."),
  redis_instantaneous_ops_per_sec: gauge(field("instantaneous_ops_per_sec"), "Commands per second of late."),
  redis_net_input_bytes_total: counter(field("total_net_input_bytes"), "Bytes read from the network."),
  redis_net_output_bytes_total: counter(field("total_net_output_bytes"), "Bytes written to the network."),
  redis_net_repl_input_bytes_total: counter(
    field("total_net_repl_input_bytes"),
    "Bytes read from the network for replication.",
  ),
  redis_net_repl_output_bytes_total: counter(
    field("total_net_repl_output_bytes"),
    "Bytes written to the network for replication.",
  ),
  redis_instantaneous_input_bytes_per_second: gauge(
    field("instantaneous_input_kbps", fromKibibytes),
    "Bytes per second read from the network of late.",
  ),
  redis_instantaneous_output_bytes_per_second: gauge(
    field("instantaneous_output_kbps", fromKibibytes),
    "Bytes per second written to the network of late.",
  ),
  redis_reads_processed_total: counter(field("total_reads_processed"), "Read events processed."),
  redis_writes_processed_total: counter(field("total_writes_processed"), "Write events processed."),
  redis_io_threaded_reads_processed_total: counter(
    field("io_threaded_reads_processed"),
    "Read events processed by I/O threads.",
  ),
  redis_io_threaded_writes_processed_total: counter(
    field("io_threaded_writes_processed"),
    "Write events processed by I/O threads.",
  ),
  redis_io_thread_clients: gauge(each("io_thread_N", "clients"), "Clients of each I/O thread."),
  redis_io_thread_reads_total: counter(
    each("io_thread_N", "reads"),
    "Read events processed by each I/O thread.",
  ),
  redis_io_thread_writes_total: counter(
    each("io_thread_N", "writes"),
    "Write events processed by each I/O thread.",
  ),
  redis_client_query_buffer_limit_disconnections_total: counter(
    field("client_query_buffer_limit_disconnections"),
    "Clients disconnected because their query buffer reached its limit.",
  ),
  redis_client_output_buffer_limit_disconnections_total: counter(
    field("client_output_buffer_limit_disconnections"),
    "Clients disconnected because their output buffer reached its limit.",
  ),
  redis_pubsub_channels: gauge(field("pubsub_channels"), "Pub/Sub channels with subscribers."),
  redis_pubsub_patterns: gauge(field("pubsub_patterns"), "Pub/Sub patterns with subscribers."),
  redis_pubsubshard_channels: gauge(
    field("pubsubshard_channels"),
    "Sharded Pub/Sub channels with subscribers.",
  ),
} satisfies MetricTable;

const keyMetrics = {
  redis_keyspace_hits_total: counter(field("keyspace_hits"), "Key lookups that found the key."),
  redis_keyspace_misses_total: counter(field("keyspace_misses"), "Key lookups that did not find the key."),
  redis_expired_keys_total: counter(field("expired_keys"), "Keys that expired."),
  redis_expired_hash_fields_total: counter(field("expired_subkeys"), "Hash fields that expired."),
  redis_expired_stale_ratio: gauge(
    field("expired_stale_perc", fromPercent),
    "Estimated share of keys that have expired and still take memory.",
  ),
  redis_expired_time_cap_reached_total: counter(
    field("expired_time_cap_reached_count"),
    "Expiry cycles that ended early because they took too long.",
  ),
  redis_expire_cycle_cpu_seconds_total: counter(
    field("expire_cycle_cpu_milliseconds", fromMilliseconds),
    "CPU time of the expiry cycles.",
  ),
  redis_evicted_keys_total: counter(field("evicted_keys"), "Keys evicted because maxmemory was reached."),
  redis_evicted_clients_total: counter(
    field("evicted_clients"),
    "Clients evicted because maxmemory-clients was reached.",
  ),
  redis_evicted_scripts_total: counter(field("evicted_scripts"), "EVAL scripts evicted from the cache."),
  redis_eviction_exceeded_seconds_total: counter(
    field("total_eviction_exceeded_time", fromMilliseconds),
    "Time during which used memory was above maxmemory.",
  ),
  redis_current_eviction_exceeded_seconds: gauge(
    field("current_eviction_exceeded_time", fromMilliseconds),
    "Time since used memory last rose above maxmemory; 0 if it is below.",
  ),
  redis_replica_expires_tracked_keys: gauge(
    field("slave_expires_tracked_keys"),
    "Keys with an expiry that were written to a writable replica.",
  ),
  redis_tracking_keys: gauge(field("tracking_total_keys"), "Keys tracked for client-side caching."),
  redis_tracking_items: gauge(field("tracking_total_items"), "Clients per tracked key, summed."),
  redis_tracking_prefixes: gauge(
    field("tracking_total_prefixes"),
    "Prefixes tracked for client-side caching.",
  ),
} satisfies MetricTable;

const workMetrics = {
  redis_latest_fork_duration_seconds: gauge(
    field("latest_fork_usec", fromMicroseconds),
    "How long the last fork held up the main thread.",
  ),
  redis_forks_total: counter(field("total_forks"), "Forks."),
  redis_active_defrag_hits_total: counter(
    field("active_defrag_hits"),
    "Values moved by active defragmentation.",
  ),
  redis_active_defrag_misses_total: counter(
    field("active_defrag_misses"),
    "Values that active defragmentation looked at and left.",
  ),
  redis_active_defrag_seconds_total: counter(
    field("total_active_defrag_time", fromMilliseconds),
    "Time during which memory fragmentation was above its limit.",
  ),
  redis_error_replies_total: counter(
    field("total_error_replies"),
    "Error replies, refused and failed commands both.",
  ),
  redis_unexpected_error_replies_total: counter(
    field("unexpected_error_replies"),
    "Errors in applying the replication stream or the AOF: none are ever expected.",
  ),
  redis_acl_access_denied_auth_total: counter(
    field("acl_access_denied_auth"),
    "Authentications that failed.",
  ),
  redis_acl_access_denied_cmd_total: counter(
    field("acl_access_denied_cmd"),
    "Commands refused for want of permission for the command.",
  ),
  redis_acl_access_denied_key_total: counter(
    field("acl_access_denied_key"),
    "Commands refused for want of permission for a key.",
  ),
  redis_acl_access_denied_channel_total: counter(
    field("acl_access_denied_channel"),
    "Commands refused for want of permission for a channel.",
  ),
  redis_eventloop_cycles_total: counter(field("eventloop_cycles"), "Cycles of the event loop."),
  redis_eventloop_duration_seconds_total: counter(
    field("eventloop_duration_sum", fromMicroseconds),
    "Time spent in the event loop.",
  ),
  redis_eventloop_commands_duration_seconds_total: counter(
    field("eventloop_duration_cmd_sum", fromMicroseconds),
    "Time of the event loop spent in executing commands.",
  ),
} satisfies MetricTable;

/** INFO sections `stats` and `threads`, without the synchronizations. */
export const statsMetrics = { ...trafficMetrics, ...keyMetrics, ...workMetrics } satisfies MetricTable;
