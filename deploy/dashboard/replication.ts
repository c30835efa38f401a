import { ofPods, perPod, rateOf, type Row } from "./panel.ts";

/** How far the replicas are. */
export const replication: Row = {
  title: "Replication",
  panels: [
    {
      title: "Lag",
      description:
        "How far each replica is behind, in bytes, as the primary sees it. Above the backlog a lost link costs a full sync.",
      unit: "bytes",
      queries: [
        {
          expr: `max by (pod, replica_ip, replica_port) (redis_replication_lag_bytes{${ofPods}})`,
          legend: "{{replica_ip}}:{{replica_port}} of {{pod}}",
        },
      ],
    },
    {
      title: "Last acknowledgement",
      description:
        "Seconds since the primary last heard of each replica: 0 or 1. More: a replica or a network that hangs.",
      unit: "s",
      queries: [
        {
          expr: `max by (pod, replica_ip, replica_port) (redis_connected_replica_last_ack_seconds{${ofPods}})`,
          legend: "{{replica_ip}}:{{replica_port}} of {{pod}}",
        },
      ],
    },
    {
      title: "Link to the primary",
      description: "Replicas only. Down during a full sync as well.",
      unit: "none",
      kind: "state-timeline",
      queries: [{ expr: perPod("redis_master_link_up"), legend: "{{pod}}" }],
      states: { 0: ["down", "red"], 1: ["up", "green"] },
    },
    {
      title: "Replication stream",
      description: "Bytes per second that the primary adds to the stream, and that each replica applies.",
      unit: "Bps",
      queries: [
        {
          expr: `max by (pod) (rate(redis_replication_offset{${ofPods}, role="master"}[$__rate_interval]))`,
          legend: "{{pod}} writes",
        },
        {
          expr: `max by (pod) (rate(redis_replica_repl_offset{${ofPods}}[$__rate_interval]))`,
          legend: "{{pod}} applies",
        },
      ],
    },
    {
      title: "Backlog",
      description:
        "What the backlog holds, and its size: how much a replica may miss and still come back without a full sync.",
      unit: "bytes",
      queries: [
        { expr: perPod("redis_repl_backlog_history_bytes"), legend: "{{pod}} holds" },
        { expr: perPod("redis_repl_backlog_size_bytes"), legend: "{{pod}} size" },
      ],
    },
    {
      title: "Replicas and peers",
      description:
        "Replicas connected to the primary, and the other pods that its manager knows. They should be as many.",
      unit: "none",
      queries: [
        {
          expr: `max by (pod) (redis_connected_replicas{${ofPods}, role="master"})`,
          legend: "{{pod}} replicas",
        },
        { expr: perPod("instance_manager_peers"), legend: "{{pod}} peers" },
      ],
    },
    {
      title: "Synchronizations",
      description:
        "Within 5 minutes. A full one sends the whole data set; a partial one refused becomes a full one.",
      unit: "none",
      queries: [
        { expr: `sum by (pod) (increase(redis_sync_full_total{${ofPods}}[5m]))`, legend: "{{pod}} full" },
        {
          expr: `sum by (pod) (increase(redis_sync_partial_ok_total{${ofPods}}[5m]))`,
          legend: "{{pod}} partial",
        },
        {
          expr: `sum by (pod) (increase(redis_sync_partial_err_total{${ofPods}}[5m]))`,
          legend: "{{pod}} partial refused",
        },
      ],
    },
    {
      title: "Replication traffic",
      description: "Bytes that the primary sends to replicas, and that replicas receive. Needs Redis 7.",
      unit: "Bps",
      queries: [
        { expr: rateOf("redis_net_repl_output_bytes_total", { by: "pod" }), legend: "{{pod}} sent" },
        { expr: rateOf("redis_net_repl_input_bytes_total", { by: "pod" }), legend: "{{pod}} received" },
      ],
    },
    {
      title: "Progress of a full sync",
      description: "What a replica has read of the data set that it is being sent.",
      unit: "percentunit",
      queries: [
        {
          expr: `max by (pod) (redis_master_sync_read_bytes{${ofPods}} / (redis_master_sync_size_bytes{${ofPods}} > 0))`,
          legend: "{{pod}}",
          emptyInHealth: "only during a full sync",
        },
      ],
    },
  ],
};
