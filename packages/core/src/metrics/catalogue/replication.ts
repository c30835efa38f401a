import { lagOf } from "../../replication/lag.ts";
import { flag } from "./conversion.ts";
import { labelledByPairs, pairOf } from "./lines.ts";
import { counter, gauge, type MetricTable } from "./metric.ts";
import { each, either, field, type Source } from "./source.ts";

// The number is the place in a list that shifts when a replica leaves; the address stays.
const byReplica = labelledByPairs("slaveN", { ip: "replica_ip", port: "replica_port" });

const lag: Source = {
  reads: ["master_repl_offset", "repl_backlog_first_byte_offset", "slaveN: offset", "slaveN: state"],
  labelNames: byReplica.labelNames,
  collect({ info, lines }, emit) {
    const produced = parseOffset(info.get("master_repl_offset"));
    const backlogStart = parseOffset(info.get("repl_backlog_first_byte_offset"));
    for (const line of lines.slaveN) {
      const acknowledged = parseOffset(pairOf(line, "offset"));
      if (produced === undefined || acknowledged === undefined) continue;
      const lagBytes = lagOf({ produced, backlogStart, state: pairOf(line, "state"), acknowledged });
      if (lagBytes !== undefined) emit(String(lagBytes), byReplica.labels(line));
    }
  },
};

const primaryMetrics = {
  redis_connected_replicas: gauge(field("connected_slaves"), "Replicas connected to this instance."),
  redis_replication_offset: gauge(
    field("master_repl_offset"),
    "Replication offset, in bytes. On a replica no measure of its lag.",
  ),
  redis_replication_lag_bytes: gauge(
    lag,
    "How far each connected replica that is online is behind, in bytes; only the side it replicates from knows.",
  ),
  redis_connected_replica_offset_bytes: gauge(
    each(byReplica, "offset"),
    "Replication offset that each connected replica has acknowledged.",
  ),
  redis_connected_replica_last_ack_seconds: gauge(
    each(byReplica, "lag"),
    "Seconds since the last acknowledgement of each connected replica.",
  ),
  redis_connected_replica_online: gauge(
    each(byReplica, "state", (state) => (state === "online" ? "1" : "0")),
    "Whether each connected replica is online (1) or in its initial synchronization (0).",
  ),
  redis_replicas_waiting_psync: gauge(
    field("replicas_waiting_psync"),
    "Replicas that load a full synchronization over a second connection (Valkey).",
  ),
  redis_min_replicas_good_replicas: gauge(
    field("min_slaves_good_slaves"),
    "Replicas in good standing as min-replicas-max-lag counts them; absent unless configured.",
  ),
  redis_failover_in_progress: gauge(
    field("master_failover_state", (state) => (state === "no-failover" ? "0" : "1")),
    "Whether a FAILOVER command is under way (1) or not (0).",
  ),
  redis_second_repl_offset: gauge(
    field("second_repl_offset"),
    "Offset up to which the replication id of the former primary is accepted; absent without one.",
  ),
  redis_repl_backlog_active: gauge(
    field("repl_backlog_active"),
    "Whether there is a backlog (1) or not (0).",
  ),
  redis_repl_backlog_size_bytes: gauge(
    field("repl_backlog_size"),
    "Configured size of the replication backlog.",
  ),
  redis_repl_backlog_first_byte_offset: gauge(
    field("repl_backlog_first_byte_offset"),
    "Replication offset of the first byte in the backlog.",
  ),
  redis_repl_backlog_history_bytes: gauge(field("repl_backlog_histlen"), "Bytes in the replication backlog."),
  redis_sync_full_total: counter(field("sync_full"), "Full synchronizations with replicas."),
  redis_sync_partial_ok_total: counter(field("sync_partial_ok"), "Partial synchronizations granted."),
  redis_sync_partial_err_total: counter(field("sync_partial_err"), "Partial synchronizations refused."),
} satisfies MetricTable;

const replicaMetrics = {
  redis_replica_repl_offset: gauge(
    field("slave_repl_offset"),
    "Replication offset that this replica has applied.",
  ),
  redis_replica_read_repl_offset: gauge(
    field("slave_read_repl_offset"),
    "Replication offset that this replica has received.",
  ),
  redis_master_link_up: gauge(
    field("master_link_status", flag("up", "down")),
    "Whether this replica's link to its primary is up (1) or down (0); replicas only.",
  ),
  redis_master_link_down_seconds: gauge(
    field("master_link_down_since_seconds"),
    "Seconds since the link went down; absent while it is up, or if it never was.",
  ),
  redis_master_last_io_seconds: gauge(
    field("master_last_io_seconds_ago"),
    "Seconds since this replica last heard of its primary; absent while the link is down.",
  ),
  redis_master_link_up_seconds: gauge(
    field("master_link_up_since_seconds"),
    "Seconds since the link came up; absent while it is down.",
  ),
  redis_master_disconnected_seconds_total: counter(
    field("total_disconnect_time_sec"),
    "Time that this replica has been without its link, summed.",
  ),
  redis_master_current_sync_attempts: gauge(
    field("master_current_sync_attempts"),
    "Attempts at a synchronization since the link was last lost.",
  ),
  redis_master_sync_attempts_total: counter(
    field("master_total_sync_attempts"),
    "Attempts at a synchronization.",
  ),
  redis_master_sync_in_progress: gauge(
    field("master_sync_in_progress"),
    "Whether a full synchronization from the primary runs (1) or not (0).",
  ),
  redis_master_sync_size_bytes: gauge(
    field("master_sync_total_bytes"),
    "Bytes to be transferred in the running synchronization; 0 if unknown.",
  ),
  redis_master_sync_read_bytes: gauge(
    field("master_sync_read_bytes"),
    "Bytes transferred in the running synchronization.",
  ),
  redis_master_sync_last_io_seconds: gauge(
    field("master_sync_last_io_seconds_ago"),
    "Seconds since the running synchronization last brought anything.",
  ),
  redis_replica_full_sync_buffer_bytes: gauge(
    either(field("replica_full_sync_buffer_size"), field("replicas_repl_buffer_size")),
    "Bytes of its primary's stream that this replica holds while it loads a full synchronization.",
  ),
  redis_replica_full_sync_buffer_peak_bytes: gauge(
    either(field("replica_full_sync_buffer_peak"), field("replicas_repl_buffer_peak")),
    "Most bytes of its primary's stream that this replica has held in a full synchronization.",
  ),
  redis_replica_priority: gauge(
    field("slave_priority"),
    "Priority in Sentinel's choice of a new primary; 0 never.",
  ),
  redis_replica_read_only: gauge(
    field("slave_read_only"),
    "Whether this replica refuses writes (1) or not (0).",
  ),
  redis_replica_announced: gauge(
    field("replica_announced"),
    "Whether Sentinel announces this replica to clients (1) or not (0).",
  ),
} satisfies MetricTable;

/** INFO section `replication`, and the synchronizations that the section `stats` counts. */
export const replicationMetrics = { ...primaryMetrics, ...replicaMetrics } satisfies MetricTable;

function parseOffset(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;
}
