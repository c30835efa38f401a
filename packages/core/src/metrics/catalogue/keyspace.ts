import { fromMilliseconds } from "./conversion.ts";
import { labelledById } from "./lines.ts";
import { gauge, type MetricTable } from "./metric.ts";
import { each, either } from "./source.ts";

const byDatabase = labelledById("dbN", "db", (number) => `db${number}`);

/** INFO section `keyspace`; a database without keys has no line. */
export const keyspaceMetrics = {
  redis_db_keys: gauge(each(byDatabase, "keys"), "Keys in each database."),
  redis_db_keys_expiring: gauge(each(byDatabase, "expires"), "Keys in each database that have an expiry."),
  redis_db_avg_ttl_seconds: gauge(
    each(byDatabase, "avg_ttl", fromMilliseconds),
    "Mean time to live of the keys with an expiry, estimated from a sample; 0 if unknown.",
  ),
  redis_db_hashes_with_expiring_fields: gauge(
    either(each(byDatabase, "subexpiry"), each(byDatabase, "keys_with_volatile_items")),
    "Hashes in each database of which a field has an expiry.",
  ),
} satisfies MetricTable;
