import { fromMicroseconds } from "./conversion.ts";
import { counter, type MetricTable } from "./metric.ts";
import { each } from "./source.ts";

/** INFO sections `commandstats` and `errorstats`. */
export const commandMetrics = {
  redis_command_calls_total: counter(
    each("cmdstat_CMD", "calls"),
    "Calls of each command that were executed.",
  ),
  redis_command_duration_seconds_total: counter(
    each("cmdstat_CMD", "usec", fromMicroseconds),
    "Time spent in each command.",
  ),
  redis_command_rejected_calls_total: counter(
    each("cmdstat_CMD", "rejected_calls"),
    "Calls of each command that were refused before they ran.",
  ),
  redis_command_failed_calls_total: counter(
    each("cmdstat_CMD", "failed_calls"),
    "Calls of each command that failed while they ran.",
  ),
  redis_errors_total: counter(each("errorstat_ERR", "count"), "Error replies by their first word."),
} satisfies MetricTable;
