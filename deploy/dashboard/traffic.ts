import { ofPods, perPod, rateOf, type Row } from "./panel.ts";

/** What is asked of Redis, and how long it takes. */
export const traffic: Row = {
  title: "Commands",
  panels: [
    {
      title: "Commands per second",
      description: "All commands, those of the replication stream on replicas too.",
      unit: "ops",
      queries: [{ expr: rateOf("redis_total_commands_processed", { by: "pod" }), legend: "{{pod}}" }],
    },
    {
      title: "Calls by command",
      description: "The ten commands that are called most.",
      unit: "ops",
      queries: [
        {
          expr: `topk(10, ${rateOf("redis_command_calls_total", { by: "command" })})`,
          legend: "{{command}}",
        },
      ],
    },
    {
      title: "Time by command",
      description:
        "The ten commands that take the most time of Redis' one thread. Together they can't exceed 1 for each instance.",
      unit: "percentunit",
      queries: [
        {
          expr: `topk(10, ${rateOf("redis_command_duration_seconds_total", { by: "command" })})`,
          legend: "{{command}}",
        },
      ],
    },
    {
      title: "Latency, 99th percentile by command",
      description:
        "As Redis itself measures it since its start or CONFIG RESETSTAT: execution alone, without waiting and network. The ten slowest. Needs Redis 7.",
      unit: "s",
      queries: [
        {
          expr: `topk(10, max by (command) (redis_command_latency_percentile_seconds{${ofPods}, quantile="0.99"}))`,
          legend: "{{command}}",
        },
      ],
    },
    {
      title: "Mean duration by command",
      description: "Execution time per call in this interval, the ten slowest.",
      unit: "s",
      queries: [
        {
          expr: `topk(10, ${rateOf("redis_command_duration_seconds_total", { by: "command" })} / ${rateOf("redis_command_calls_total", { by: "command" })} > 0)`,
          legend: "{{command}}",
        },
      ],
    },
    {
      title: "Latency, 99th percentile in this interval",
      description: "From LATENCY HISTOGRAM, all commands together.",
      unit: "s",
      queries: [
        {
          expr: `histogram_quantile(0.99, ${rateOf("redis_command_latency_seconds_bucket", { by: "pod, le" })})`,
          legend: "{{pod}}",
          emptyInHealth: "only with METRICS_LATENCY_HISTOGRAMS_ENABLED",
        },
      ],
    },
    {
      title: "Hit ratio",
      description:
        "Key lookups that found the key. What is good depends on the application; a fall is what to look at.",
      unit: "percentunit",
      queries: [
        {
          expr: `${rateOf("redis_keyspace_hits_total", { by: "pod" })} / (${rateOf("redis_keyspace_hits_total", { by: "pod" })} + ${rateOf("redis_keyspace_misses_total", { by: "pod" })})`,
          legend: "{{pod}}",
        },
      ],
    },
    {
      title: "Errors by type",
      description:
        "Error replies by their first word. OOM, MISCONF and NOREPLICAS are writes that Redis had to refuse.",
      unit: "ops",
      queries: [
        {
          expr: rateOf("redis_errors_total", { by: "pod, err", where: 'err!=""' }),
          legend: "{{pod}} {{err}}",
        },
      ],
    },
    {
      title: "Calls that failed",
      description:
        "Failed while they ran, or rejected before: wrong arguments, no permission, out of memory.",
      unit: "ops",
      queries: [
        {
          expr: `${rateOf("redis_command_failed_calls_total", { by: "command" })} > 0`,
          legend: "{{command}} failed",
          emptyInHealth: "no command fails",
        },
        {
          expr: `${rateOf("redis_command_rejected_calls_total", { by: "command" })} > 0`,
          legend: "{{command}} rejected",
          emptyInHealth: "no command is rejected",
        },
      ],
    },
    {
      title: "Network",
      description: "Bytes that Redis reads and writes, replication included.",
      unit: "Bps",
      queries: [
        { expr: rateOf("redis_net_input_bytes_total", { by: "pod" }), legend: "{{pod}} in" },
        { expr: rateOf("redis_net_output_bytes_total", { by: "pod" }), legend: "{{pod}} out" },
      ],
    },
    {
      title: "CPU of Redis",
      description: "Cores in use, by Redis itself and by its children: saves and rewrites.",
      unit: "short",
      queries: [
        {
          expr: `${rateOf("redis_cpu_sys_seconds_total", { by: "pod" })} + ${rateOf("redis_cpu_user_seconds_total", { by: "pod" })}`,
          legend: "{{pod}}",
        },
        {
          expr: `${rateOf("redis_cpu_sys_children_seconds_total", { by: "pod" })} + ${rateOf("redis_cpu_user_children_seconds_total", { by: "pod" })}`,
          legend: "{{pod}} children",
        },
      ],
    },
    {
      title: "Slow log",
      description: "Entries in the slow log: commands above slowlog-log-slower-than.",
      unit: "none",
      queries: [
        {
          expr: perPod("redis_slowlog_length"),
          legend: "{{pod}}",
          emptyInHealth: "only with METRICS_SLOW_LOG_ENABLED",
        },
      ],
    },
  ],
};

/** Who is connected. */
export const clients: Row = {
  title: "Clients",
  panels: [
    {
      title: "Connected clients",
      description: "Without replicas.",
      unit: "none",
      queries: [{ expr: perPod("redis_connected_clients"), legend: "{{pod}}" }],
    },
    {
      title: "Connections taken",
      description: "Of the connections that maxclients allows.",
      unit: "percentunit",
      queries: [
        {
          expr: `max by (pod) (redis_connected_clients{${ofPods}} / redis_maxclients{${ofPods}})`,
          legend: "{{pod}}",
        },
      ],
    },
    {
      title: "New, refused and blocked",
      description:
        "Connections accepted and refused per second, and clients that wait in a blocking command. Many new ones: a client without a pool.",
      unit: "short",
      queries: [
        { expr: rateOf("redis_connections_received_total", { by: "pod" }), legend: "{{pod}} new" },
        { expr: rateOf("redis_rejected_connections_total", { by: "pod" }), legend: "{{pod}} refused" },
        { expr: perPod("redis_blocked_clients"), legend: "{{pod}} blocked" },
      ],
    },
  ],
};
