import { ofPods, perPod, rateOf, type Row } from "./panel.ts";

/** What Redis keeps, and what that takes. */
export const memory: Row = {
  title: "Memory",
  panels: [
    {
      title: "Used memory and its limit",
      description: "Allocated by Redis, beside maxmemory where one is set.",
      unit: "bytes",
      queries: [
        { expr: perPod("redis_used_memory_bytes"), legend: "{{pod}}" },
        {
          expr: `${perPod("redis_maxmemory_bytes")} > 0`,
          legend: "{{pod}} limit",
        },
      ],
    },
    {
      title: "Resident memory",
      description:
        "What the container's limit counts. Far above used memory: fragmentation, or the copy on write of a save.",
      unit: "bytes",
      queries: [{ expr: perPod("redis_used_memory_rss_bytes"), legend: "{{pod}}" }],
    },
    {
      title: "Fragmentation",
      description: "Resident per allocated memory. High and harmless while an instance holds little.",
      unit: "short",
      queries: [{ expr: perPod("redis_mem_fragmentation_ratio"), legend: "{{pod}}" }],
    },
    {
      title: "What memory is for",
      description: "Keys and values; bookkeeping; the buffers of replicas, clients and AOF.",
      unit: "bytes",
      queries: [
        { expr: perPod("redis_used_memory_dataset_bytes"), legend: "{{pod}} data" },
        { expr: perPod("redis_used_memory_overhead_bytes"), legend: "{{pod}} overhead" },
        { expr: perPod("redis_mem_replication_backlog_bytes"), legend: "{{pod}} backlog" },
        { expr: perPod("redis_mem_clients_replicas_bytes"), legend: "{{pod}} replicas" },
        { expr: perPod("redis_mem_clients_normal_bytes"), legend: "{{pod}} clients" },
        { expr: perPod("redis_mem_aof_buffer_bytes"), legend: "{{pod}} AOF" },
      ],
    },
    {
      title: "Keys",
      description: "By database, and those of them that will expire.",
      unit: "short",
      queries: [
        { expr: `max by (pod, db) (redis_db_keys{${ofPods}})`, legend: "{{pod}} {{db}}" },
        { expr: `max by (pod, db) (redis_db_keys_expiring{${ofPods}})`, legend: "{{pod}} {{db}} expiring" },
      ],
    },
    {
      title: "Evicted and expired",
      description: "Keys per second. Evicted: removed because maxmemory was reached.",
      unit: "ops",
      queries: [
        { expr: rateOf("redis_evicted_keys_total", { by: "pod" }), legend: "{{pod}} evicted" },
        { expr: rateOf("redis_expired_keys_total", { by: "pod" }), legend: "{{pod}} expired" },
      ],
    },
  ],
};
