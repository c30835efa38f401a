import { fromKibibytes } from "./conversion.ts";
import { labelledById } from "./lines.ts";
import { counter, gauge, type MetricTable } from "./metric.ts";
import { each, field } from "./source.ts";

const networkMetrics = {
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
  redis_instantaneous_repl_input_bytes_per_second: gauge(
    field("instantaneous_input_repl_kbps", fromKibibytes),
    "Bytes per second read from the network for replication of late.",
  ),
  redis_instantaneous_repl_output_bytes_per_second: gauge(
    field("instantaneous_output_repl_kbps", fromKibibytes),
    "Bytes per second written to the network for replication of late.",
  ),
  redis_net_cluster_slot_import_bytes_total: counter(
    field("total_net_cluster_slot_import_bytes"),
    "Bytes read from the network for taking slots over (Valkey).",
  ),
  redis_net_cluster_slot_export_bytes_total: counter(
    field("total_net_cluster_slot_export_bytes"),
    "Bytes written to the network for moving slots away (Valkey).",
  ),
  redis_reads_processed_total: counter(field("total_reads_processed"), "Read events processed."),
  redis_writes_processed_total: counter(field("total_writes_processed"), "Write events processed."),
  redis_client_query_buffer_limit_disconnections_total: counter(
    field("client_query_buffer_limit_disconnections"),
    "Clients disconnected because their query buffer reached its limit.",
  ),
  redis_client_output_buffer_limit_disconnections_total: counter(
    field("client_output_buffer_limit_disconnections"),
    "Clients disconnected because their output buffer reached its limit.",
  ),
  redis_reply_buffer_shrinks_total: counter(
    field("reply_buffer_shrinks"),
    "Times that a client's reply buffer was made smaller.",
  ),
  redis_reply_buffer_expands_total: counter(
    field("reply_buffer_expands"),
    "Times that a client's reply buffer was made larger.",
  ),
  redis_pubsub_channels: gauge(field("pubsub_channels"), "Pub/Sub channels with subscribers."),
  redis_pubsub_patterns: gauge(field("pubsub_patterns"), "Pub/Sub patterns with subscribers."),
  redis_pubsubshard_channels: gauge(
    field("pubsubshard_channels"),
    "Sharded Pub/Sub channels with subscribers.",
  ),
} satisfies MetricTable;

const byThread = labelledById("io_thread_N", "thread");

const ioThreadMetrics = {
  redis_io_threaded_reads_processed_total: counter(
    field("io_threaded_reads_processed"),
    "Read events processed by I/O threads.",
  ),
  redis_io_threaded_writes_processed_total: counter(
    field("io_threaded_writes_processed"),
    "Write events processed by I/O threads.",
  ),
  redis_io_thread_clients: gauge(each(byThread, "clients"), "Clients of each I/O thread."),
  redis_io_thread_reads_total: counter(each(byThread, "reads"), "Read events processed by each I/O thread."),
  redis_io_thread_writes_total: counter(
    each(byThread, "writes"),
    "Write events processed by each I/O thread.",
  ),
  redis_io_threaded_frees_total: counter(
    field("io_threaded_freed_objects"),
    "Objects freed by I/O threads (Valkey).",
  ),
  redis_io_threaded_polls_processed_total: counter(
    field("io_threaded_poll_processed"),
    "Polls for events done by I/O threads (Valkey).",
  ),
  redis_io_threaded_accepts_processed_total: counter(
    field("io_threaded_accept_processed"),
    "Connections accepted by I/O threads (Valkey).",
  ),
  redis_io_threaded_prefetch_batches_total: counter(
    field("io_threaded_total_prefetch_batches"),
    "Batches of keys that were brought into the processor's cache ahead of their commands.",
  ),
  redis_io_threaded_prefetch_entries_total: counter(
    field("io_threaded_total_prefetch_entries"),
    "Keys that were brought into the processor's cache ahead of their commands.",
  ),
} satisfies MetricTable;

/** INFO section `threads`, and connections, network and clients of the section `stats`. */
export const trafficMetrics = { ...networkMetrics, ...ioThreadMetrics } satisfies MetricTable;
