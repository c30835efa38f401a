import { fromMicroseconds, fromMilliseconds, fromPercent } from "./conversion.ts";
import { counter, gauge, type MetricTable } from "./metric.ts";
import { either, field } from "./source.ts";

const keyMetrics = {
  redis_keyspace_hits_total: counter(field("keyspace_hits"), "Key lookups that found the key."),
  redis_keyspace_misses_total: counter(field("keyspace_misses"), "Key lookups that did not find the key."),
  redis_expired_keys_total: counter(field("expired_keys"), "Keys that expired."),
  redis_expired_keys_active_total: counter(
    field("expired_keys_active"),
    "Part of the expired keys that the expiry cycle found, before anybody asked for them.",
  ),
  redis_expired_hash_fields_total: counter(
    either(field("expired_subkeys"), field("expired_fields")),
    "Hash fields that expired.",
  ),
  redis_expired_hash_fields_active_total: counter(
    field("expired_subkeys_active"),
    "Part of the expired hash fields that the expiry cycle found, before anybody asked for them.",
  ),
  redis_expired_stale_ratio: gauge(
    field("expired_stale_perc", fromPercent),
    "Estimated share of keys that have expired and still take memory.",
  ),
  redis_expired_hash_fields_stale_ratio: gauge(
    field("expired_keys_with_volatile_items_stale_perc", fromPercent),
    "Estimated share of keys with expiring fields of which one has expired and still takes memory (Valkey).",
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
  redis_active_defrag_key_hits_total: counter(
    field("active_defrag_key_hits"),
    "Keys of which active defragmentation moved something.",
  ),
  redis_active_defrag_key_misses_total: counter(
    field("active_defrag_key_misses"),
    "Keys that active defragmentation looked at and left.",
  ),
  redis_active_defrag_seconds_total: counter(
    field("total_active_defrag_time", fromMilliseconds),
    "Time during which memory fragmentation was above its limit.",
  ),
  redis_current_active_defrag_seconds: gauge(
    field("current_active_defrag_time", fromMilliseconds),
    "Time since memory fragmentation last rose above its limit; 0 if it is below.",
  ),
  redis_migrate_cached_sockets: gauge(
    field("migrate_cached_sockets"),
    "Connections to other servers that are kept for MIGRATE.",
  ),
  redis_dump_payload_sanitizations_total: counter(
    field("dump_payload_sanitizations"),
    "Payloads of RESTORE and of snapshots that were checked in depth.",
  ),
  redis_slow_commands_total: counter(
    field("slowlog_commands_count"),
    "Calls of commands that went to the slow log.",
  ),
  redis_slow_commands_duration_seconds_total: counter(
    field("slowlog_commands_time_ms_sum", fromMilliseconds),
    "Time spent in the calls that went to the slow log.",
  ),
  redis_slow_commands_duration_max_seconds: gauge(
    field("slowlog_commands_time_ms_max", fromMilliseconds),
    "How long the longest call took that went to the slow log.",
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
  redis_eventloop_cycles_with_clients_total: counter(
    field("eventloop_cycles_with_clients_processing"),
    "Cycles of the event loop in which a client had sent something.",
  ),
  redis_client_processing_events_total: counter(
    field("total_client_processing_events"),
    "Times that what a client had sent was processed.",
  ),
  redis_pipeline_commands_total: counter(
    field("avg_pipeline_length_sum"),
    "Commands that were parsed together, summed over all batches.",
  ),
  redis_pipeline_batches_total: counter(
    field("avg_pipeline_length_cnt"),
    "Batches of commands that were parsed together; with the commands it gives the mean pipeline.",
  ),
  redis_instantaneous_eventloop_cycles_per_second: gauge(
    field("instantaneous_eventloop_cycles_per_sec"),
    "Cycles of the event loop per second of late.",
  ),
  redis_instantaneous_eventloop_duration_seconds: gauge(
    field("instantaneous_eventloop_duration_usec", fromMicroseconds),
    "How long a cycle of the event loop took of late.",
  ),
} satisfies MetricTable;

const refusalMetrics = {
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
  redis_acl_access_denied_db_total: counter(
    field("acl_access_denied_db"),
    "Commands refused for want of permission for a database (Valkey).",
  ),
  redis_acl_access_denied_tls_cert_total: counter(
    field("acl_access_denied_tls_cert"),
    "Authentications by TLS certificate that failed.",
  ),
} satisfies MetricTable;

/** INFO section `stats`, without traffic and synchronizations. */
export const statsMetrics = { ...keyMetrics, ...workMetrics, ...refusalMetrics } satisfies MetricTable;
