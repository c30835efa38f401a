import { fromMilliseconds } from "./conversion.ts";
import { gauge, type MetricTable } from "./metric.ts";
import { each } from "./source.ts";

/** INFO section `keyspace`; a database without keys has no line. */
export const keyspaceMetrics = {
  redis_db_keys: gauge(each("dbN", "keys"), "Keys in each database."),
  redis_db_keys_expiring: gauge(each("dbN", "expires"), "Keys in each database that have an expiry."),
  redis_db_avg_ttl_seconds: gauge(
    each("dbN", "avg_ttl", fromMilliseconds),
    "Mean time to live of the keys with an expiry, estimated from a sample; 0 if unknown.",
  ),
  redis_db_hashes_with_expiring_fields: gauge(
    each("dbN", "subexpiry"),
    "Hashes in each database of which a field has an expiry.",
  ),
} satisfies MetricTable;
