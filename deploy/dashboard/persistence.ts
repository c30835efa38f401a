import { ofPods, perPod, rateOf, type Row } from "./panel.ts";

/** What reaches the disk. */
export const persistence: Row = {
  title: "Persistence and disk",
  panels: [
    {
      title: "Age of the snapshot",
      description: "Since the last successful save, or the start of Redis.",
      unit: "s",
      queries: [{ expr: `time() - ${perPod("redis_rdb_last_save_timestamp")}`, legend: "{{pod}}" }],
    },
    {
      title: "Changes since the last save",
      description: "What a crash loses, unless there is an append-only file.",
      unit: "short",
      queries: [{ expr: perPod("redis_rdb_changes_since_last_save"), legend: "{{pod}}" }],
    },
    {
      title: "Outcome of saves and writes",
      description: "Of the last snapshot, the last AOF rewrite and the last write to the AOF.",
      unit: "none",
      kind: "state-timeline",
      queries: [
        { expr: perPod("redis_rdb_last_bgsave_success"), legend: "{{pod}} snapshot" },
        { expr: perPod("redis_aof_last_rewrite_success"), legend: "{{pod}} rewrite" },
        { expr: perPod("redis_aof_last_write_success"), legend: "{{pod}} AOF write" },
      ],
      states: { 0: ["failed", "red"], 1: ["ok", "green"] },
    },
    {
      title: "Duration of saves",
      description: "How long the last snapshot and the last AOF rewrite took.",
      unit: "s",
      queries: [
        { expr: perPod("redis_rdb_last_bgsave_duration_seconds"), legend: "{{pod}} snapshot" },
        { expr: perPod("redis_aof_last_rewrite_duration_seconds"), legend: "{{pod}} rewrite" },
      ],
    },
    {
      title: "Forks",
      description: "How long the last fork held up Redis, in which no command runs.",
      unit: "s",
      queries: [{ expr: perPod("redis_latest_fork_duration_seconds"), legend: "{{pod}}" }],
    },
    {
      title: "Copy on write",
      description: "Memory that the running save or rewrite takes beside Redis.",
      unit: "bytes",
      queries: [{ expr: perPod("redis_current_cow_size_bytes"), legend: "{{pod}}" }],
    },
    {
      title: "Append-only file",
      description: "Its size, and its size after the last rewrite.",
      unit: "bytes",
      queries: [
        { expr: perPod("redis_aof_current_size_bytes"), legend: "{{pod}}" },
        { expr: perPod("redis_aof_base_size_bytes"), legend: "{{pod}} after rewrite" },
      ],
    },
    {
      title: "Data volume",
      description: "Available space, and the RDB file: a save needs about as much again.",
      unit: "bytes",
      queries: [
        { expr: perPod("instance_manager_data_volume_available_bytes"), legend: "{{pod}} available" },
        { expr: perPod("instance_manager_rdb_file_size_bytes"), legend: "{{pod}} RDB file" },
      ],
    },
    {
      title: "Data volume in use",
      description: "Share of the volume that is not available.",
      unit: "percentunit",
      queries: [
        {
          expr: `max by (pod) (1 - instance_manager_data_volume_available_bytes{${ofPods}} / instance_manager_data_volume_size_bytes{${ofPods}})`,
          legend: "{{pod}}",
        },
      ],
    },
    {
      title: "Delayed fsyncs",
      description: "Writes to the AOF that had to wait for an fsync: a disk that is too slow.",
      unit: "ops",
      queries: [{ expr: rateOf("redis_aof_delayed_fsyncs_total", { by: "pod" }), legend: "{{pod}}" }],
    },
    {
      title: "Loading",
      description: "Whether Redis is loading its data, and how long it expects to go on.",
      unit: "s",
      queries: [
        { expr: perPod("redis_loading"), legend: "{{pod}} is loading" },
        {
          expr: perPod("redis_loading_eta_seconds"),
          legend: "{{pod}} seconds left",
          emptyInHealth: "only while Redis is loading",
        },
      ],
    },
  ],
};

/** What is stored elsewhere. */
export const backups: Row = {
  title: "Backups",
  panels: [
    {
      title: "Since the last backup",
      description: "Of the whole cluster, as Prometheus remembers it over restarts of managers.",
      unit: "s",
      kind: "stat",
      queries: [
        {
          expr: `time() - cluster:redis_backup_last_success_timestamp_seconds:max{namespace="$namespace", cluster="$cluster"}`,
          legend: "age",
        },
      ],
    },
    {
      title: "Size of the last backup",
      description: "By method. One that is much smaller than the one before deserves a look.",
      unit: "bytes",
      queries: [
        {
          expr: `max by (pod, method) (instance_manager_backup_last_success_size_bytes{${ofPods}})`,
          legend: "{{pod}} {{method}}",
        },
      ],
    },
    {
      title: "Duration of the last backup",
      description: "By method.",
      unit: "s",
      queries: [
        {
          expr: `max by (pod, method) (instance_manager_backup_last_success_duration_seconds{${ofPods}})`,
          legend: "{{pod}} {{method}}",
        },
      ],
    },
    {
      title: "Backups",
      description: "Ended within the hour, by outcome.",
      unit: "none",
      queries: [
        {
          expr: `sum by (method, outcome) (increase(instance_manager_backups_total{${ofPods}}[1h]))`,
          legend: "{{method}} {{outcome}}",
        },
      ],
    },
    {
      title: "Running",
      description: "Whether a backup runs.",
      unit: "none",
      kind: "state-timeline",
      queries: [{ expr: perPod("instance_manager_backup_in_progress"), legend: "{{pod}}" }],
      states: { 0: ["idle", "green"], 1: ["running", "blue"] },
    },
    {
      title: "Uploaded",
      description: "Bytes that the store has acknowledged, per second.",
      unit: "Bps",
      queries: [
        {
          expr: rateOf("instance_manager_backup_uploaded_bytes_total", { by: "pod, method" }),
          legend: "{{pod}} {{method}}",
        },
      ],
    },
  ],
};
