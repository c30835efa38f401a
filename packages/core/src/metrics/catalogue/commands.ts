import { writeLabel } from "../exposition.ts";
import { asWritten, fromMicroseconds, fromMilliseconds } from "./conversion.ts";
import { type InfoLine, labelledById, pairOf } from "./lines.ts";
import { counter, gauge, type MetricTable } from "./metric.ts";
import { each, type Source } from "./source.ts";

const byCommand = labelledById("cmdstat_CMD", "command");

const percentiles: Source = {
  reads: ["latency_percentiles_usec_CMD: *"],
  labelNames: ["command", "quantile"],
  collect({ lines: { latency_percentiles_usec_CMD: lines } }, emit) {
    // They are configured for all commands together.
    const quantiles = readQuantiles(lines[0]);
    for (const line of lines) {
      const command = writeLabel("command", line.id);
      for (const { key, label } of quantiles) {
        const value = fromMicroseconds(pairOf(line, key) ?? "");
        if (value !== undefined) emit(value, command + label);
      }
    }
  },
};

const errorCounts = each(labelledById("errorstat_ERR", "err"), "count");
// Scripts make up errors, and older servers keep every one. Newer ones stop at so many.
const maxErrorKinds = 128;
const ownErrors = new Set(
  (
    "ASK BUSY BUSYGROUP BUSYKEY CLUSTERDOWN CROSSSLOT ERR EXECABORT INPROG LOADING MASTERDOWN MISCONF MOVED NOAUTH NOGROUP " +
    "NOMASTERLINK NOPERM NOPROTO NOREPLICAS NOSCRIPT NOTBUSY OOM READONLY TRYAGAIN UNBLOCKED UNKILLABLE WRONGPASS WRONGTYPE"
  ).split(" "),
);

const errors: Source = {
  ...errorCounts,
  collect(reading, emit) {
    const { errorstat_ERR: kinds } = reading.lines;
    if (kinds.length <= maxErrorKinds) return errorCounts.collect(reading, emit);
    const errorstat_ERR = kinds.filter(({ id }) => ownErrors.has(id));
    return errorCounts.collect({ ...reading, lines: { ...reading.lines, errorstat_ERR } }, emit);
  },
};

/** INFO sections `commandstats`, `latencystats` and `errorstats`. */
export const commandMetrics = {
  redis_command_calls_total: counter(each(byCommand, "calls"), "Calls of each command that were executed."),
  redis_command_duration_seconds_total: counter(
    each(byCommand, "usec", fromMicroseconds),
    "Time spent in each command.",
  ),
  redis_command_rejected_calls_total: counter(
    each(byCommand, "rejected_calls"),
    "Calls of each command that were refused before they ran.",
  ),
  redis_command_failed_calls_total: counter(
    each(byCommand, "failed_calls"),
    "Calls of each command that failed while they ran.",
  ),
  redis_command_slow_calls_total: counter(
    each(byCommand, "slowlog_count"),
    "Calls of each command that went to the slow log.",
  ),
  redis_command_slow_duration_seconds_total: counter(
    each(byCommand, "slowlog_time_ms_sum", fromMilliseconds),
    "Time spent in those calls of each command that went to the slow log.",
  ),
  redis_command_slow_duration_max_seconds: gauge(
    each(byCommand, "slowlog_time_ms_max", fromMilliseconds),
    "How long the longest call of each command took that went to the slow log.",
  ),
  // Its sum and count are the two first above.
  redis_command_latency_percentile_seconds: {
    type: "summary",
    help: "Within which time the given share of each command's calls was executed, since the start or the last reset.",
    source: percentiles,
  },
  redis_errors_total: counter(
    errors,
    "Error replies by their first word; of more than 128 kinds only those that Redis itself answers.",
  ),
} satisfies MetricTable;

/** The keys of the percentiles, and each as the label of its quantile: p99.9 is 0.999. */
function readQuantiles(line: InfoLine | undefined): readonly { key: string; label: string }[] {
  const keys = line?.value.split(",").map((pair) => pair.slice(0, pair.indexOf("=")));
  // latency-tracking-info-percentiles may name one twice.
  return [...new Set(keys)].flatMap((key) => {
    const percent = key.startsWith("p") ? asWritten(key.slice(1)) : undefined;
    // 99.9 / 100 alone is 0.9990000000000001.
    const quantile = Number((Number(percent) / 100).toFixed(9));
    return percent === undefined ? [] : [{ key, label: writeLabel("quantile", String(quantile)) }];
  });
}
