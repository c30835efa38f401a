import { fromPercent } from "./conversion.ts";
import { labelledByPairs } from "./lines.ts";
import { counter, gauge, type MetricTable } from "./metric.ts";
import { each, either, field } from "./source.ts";

const usageMetrics = {
  redis_used_memory_bytes: gauge(field("used_memory"), "Memory that Redis has allocated."),
  redis_used_memory_rss_bytes: gauge(field("used_memory_rss"), "Resident memory of the Redis process."),
  redis_used_memory_peak_bytes: gauge(field("used_memory_peak"), "Most memory that Redis has had allocated."),
  redis_used_memory_peak_timestamp_seconds: gauge(
    field("used_memory_peak_time"),
    "Unix time of the memory peak.",
  ),
  redis_used_memory_overhead_bytes: gauge(
    field("used_memory_overhead"),
    "Memory of buffers and bookkeeping, that is, of everything but the keys.",
  ),
  redis_used_memory_startup_bytes: gauge(
    field("used_memory_startup"),
    "Memory allocated right after the start.",
  ),
  redis_used_memory_dataset_bytes: gauge(
    field("used_memory_dataset"),
    "Memory of the keys and their values.",
  ),
  redis_used_memory_lua_bytes: gauge(
    field("used_memory_lua"),
    "Memory of the Lua engine of EVAL; since 7.0 under another name too.",
  ),
  redis_used_memory_vm_total_bytes: gauge(
    field("used_memory_vm_total"),
    "Memory of all script engines; not part of used memory.",
  ),
  redis_used_memory_scripts_bytes: gauge(field("used_memory_scripts"), "Memory of scripts and functions."),
  redis_used_memory_vm_eval_bytes: gauge(
    field("used_memory_vm_eval"),
    "Memory of the script engines of EVAL; not part of used memory.",
  ),
  redis_used_memory_vm_functions_bytes: gauge(
    field("used_memory_vm_functions"),
    "Memory of the script engines of functions; not part of used memory.",
  ),
  redis_used_memory_scripts_eval_bytes: gauge(field("used_memory_scripts_eval"), "Memory of EVAL scripts."),
  redis_used_memory_functions_bytes: gauge(field("used_memory_functions"), "Memory of functions."),
  redis_cached_scripts: gauge(field("number_of_cached_scripts"), "EVAL scripts in the cache."),
  redis_functions: gauge(field("number_of_functions"), "Functions loaded."),
  redis_function_libraries: gauge(field("number_of_libraries"), "Function libraries loaded."),
} satisfies MetricTable;

const bufferMetrics = {
  redis_mem_not_counted_for_evict_bytes: gauge(
    field("mem_not_counted_for_evict"),
    "Memory that maxmemory leaves out of account: replication and AOF buffers.",
  ),
  redis_mem_replication_backlog_bytes: gauge(
    field("mem_replication_backlog"),
    "Memory of the replication backlog.",
  ),
  redis_mem_replication_buffers_bytes: gauge(
    field("mem_total_replication_buffers"),
    "Memory of the buffers that the replicas and the backlog share.",
  ),
  redis_mem_replica_full_sync_buffer_bytes: gauge(
    either(field("mem_replica_full_sync_buffer"), field("mem_replicas_repl_buffer")),
    "Memory in which a replica holds its primary's stream while it loads a full synchronization.",
  ),
  redis_mem_clients_replicas_bytes: gauge(
    field("mem_clients_slaves"),
    "Memory of the replicas' own buffers.",
  ),
  redis_mem_clients_normal_bytes: gauge(field("mem_clients_normal"), "Memory of the clients' buffers."),
  redis_mem_clients_normal_shared_bytes: gauge(
    field("mem_clients_normal_shared"),
    "Part of the clients' buffers that they share with others.",
  ),
  redis_mem_clients_normal_unshared_bytes: gauge(
    field("mem_clients_normal_unshared"),
    "Part of the clients' buffers that each has for itself.",
  ),
  redis_mem_cluster_slot_export_bytes: gauge(
    either(field("mem_cluster_slot_export"), field("mem_cluster_slot_migration_output_buffer")),
    "Memory of slots that are being moved to another node.",
  ),
  redis_mem_cluster_slot_import_bytes: gauge(
    either(field("mem_cluster_slot_import"), field("mem_cluster_slot_migration_input_buffer")),
    "Memory of slots that are being taken over from another node.",
  ),
  redis_mem_cluster_slot_import_peak_bytes: gauge(
    field("mem_cluster_slot_migration_input_buffer_peak"),
    "Most memory that taking slots over has needed.",
  ),
  redis_mem_cluster_links_bytes: gauge(field("mem_cluster_links"), "Memory of the links to cluster peers."),
  redis_mem_aof_buffer_bytes: gauge(field("mem_aof_buffer"), "Memory of the AOF buffers."),
  redis_mem_overhead_db_hashtable_rehashing_bytes: gauge(
    field("mem_overhead_db_hashtable_rehashing"),
    "Memory of the old hash tables during rehashing.",
  ),
} satisfies MetricTable;

const scriptingEngines = labelledByPairs("engine_N", { name: "engine" });

const engineMetrics = {
  redis_scripting_engine_used_memory_bytes: gauge(
    each(scriptingEngines, "used_memory"),
    "Memory of each script engine; not part of used memory (Valkey).",
  ),
  redis_scripting_engine_overhead_bytes: gauge(
    each(scriptingEngines, "memory_overhead"),
    "Memory that each script engine's scripts take beside it (Valkey).",
  ),
} satisfies MetricTable;

const allocatorMetrics = {
  redis_maxmemory_bytes: gauge(field("maxmemory"), "Configured memory limit; 0 means none."),
  redis_total_system_memory_bytes: gauge(
    field("total_system_memory"),
    "Memory of the node that Redis runs on.",
  ),
  redis_mem_fragmentation_ratio: gauge(
    field("mem_fragmentation_ratio"),
    "Resident memory per allocated memory, all overheads of the process included.",
  ),
  redis_mem_fragmentation_bytes: gauge(
    field("mem_fragmentation_bytes"),
    "Resident memory beyond the allocated memory; negative when pages are swapped out.",
  ),
  redis_allocator_allocated_bytes: gauge(
    field("allocator_allocated"),
    "Bytes that the allocator handed out.",
  ),
  redis_allocator_active_bytes: gauge(
    field("allocator_active"),
    "Bytes in the allocator's active pages, external fragmentation included.",
  ),
  redis_allocator_resident_bytes: gauge(field("allocator_resident"), "Bytes resident in the allocator."),
  redis_allocator_muzzy_bytes: gauge(
    field("allocator_muzzy"),
    "Bytes that the allocator offered back, and that the kernel has not taken yet.",
  ),
  redis_allocator_frag_ratio: gauge(
    field("allocator_frag_ratio"),
    "Active per allocated: true fragmentation.",
  ),
  redis_allocator_frag_bytes: gauge(
    field("allocator_frag_bytes"),
    "Active beyond allocated: true fragmentation.",
  ),
  redis_allocator_rss_ratio: gauge(field("allocator_rss_ratio"), "Resident per active in the allocator."),
  redis_allocator_rss_bytes: gauge(field("allocator_rss_bytes"), "Resident beyond active in the allocator."),
  redis_rss_overhead_ratio: gauge(
    field("rss_overhead_ratio"),
    "Resident in the process per resident in the allocator.",
  ),
  redis_rss_overhead_bytes: gauge(
    field("rss_overhead_bytes"),
    "Resident in the process beyond resident in the allocator.",
  ),
  redis_active_defrag_cpu_ratio: gauge(
    field("active_defrag_running", fromPercent),
    "Share of the CPU that active defragmentation means to use; 0 while it rests.",
  ),
  redis_lazyfree_pending_objects: gauge(
    field("lazyfree_pending_objects"),
    "Objects that wait to be freed in the background.",
  ),
  redis_lazyfreed_objects_total: counter(field("lazyfreed_objects"), "Objects freed in the background."),
} satisfies MetricTable;

/** INFO sections `memory` and `scripting engines`. */
export const memoryMetrics = {
  ...usageMetrics,
  ...bufferMetrics,
  ...allocatorMetrics,
  ...engineMetrics,
} satisfies MetricTable;
