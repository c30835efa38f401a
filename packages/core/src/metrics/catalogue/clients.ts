import { fromMilliseconds } from "./conversion.ts";
import { gauge, type MetricTable } from "./metric.ts";
import { field } from "./source.ts";

/** INFO section `clients`. */
export const clientMetrics = {
  redis_connected_clients: gauge(
    field("connected_clients"),
    "Client connections, those of replicas excluded.",
  ),
  redis_cluster_connections: gauge(field("cluster_connections"), "Sockets of the cluster bus."),
  redis_maxclients: gauge(field("maxclients"), "Limit of client, replica and cluster connections together."),
  redis_client_recent_max_input_buffer_bytes: gauge(
    field("client_recent_max_input_buffer"),
    "Largest input buffer among the client connections of late.",
  ),
  redis_client_recent_max_output_buffer_bytes: gauge(
    field("client_recent_max_output_buffer"),
    "Largest output buffer among the client connections of late.",
  ),
  redis_blocked_clients: gauge(field("blocked_clients"), "Clients that wait in a blocking command."),
  redis_tracking_clients: gauge(field("tracking_clients"), "Clients with client-side caching on."),
  redis_pubsub_clients: gauge(field("pubsub_clients"), "Clients in Pub/Sub mode."),
  redis_watching_clients: gauge(field("watching_clients"), "Clients that WATCH keys."),
  redis_clients_in_timeout_table: gauge(field("clients_in_timeout_table"), "Clients in the timeout table."),
  redis_watched_keys: gauge(field("total_watched_keys"), "Keys that clients WATCH."),
  redis_blocking_keys: gauge(field("total_blocking_keys"), "Keys that clients are blocked on."),
  redis_blocking_keys_on_nokey: gauge(
    field("total_blocking_keys_on_nokey"),
    "Keys whose deletion would unblock a client that is blocked on them.",
  ),
  redis_active_clients: gauge(field("active_clients"), "Clients that have sent a command of late."),
  redis_clients_pause_remaining_seconds: gauge(
    field("paused_timeout_milliseconds", fromMilliseconds),
    "Seconds until clients that are paused may go on; 0 if none are (Valkey).",
  ),
} satisfies MetricTable;
