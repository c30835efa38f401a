import type { SlowLog } from "../slow-log.ts";
import { gauge, type MetricTable } from "./metric.ts";
import type { Source } from "./source.ts";

function fromSlowLog(command: string, read: (slowLog: SlowLog) => number | undefined): Source {
  return {
    reads: [command],
    labelNames: [],
    collect({ observation }, emit) {
      const value =
        observation.up && observation.slowLog !== undefined ? read(observation.slowLog) : undefined;
      if (value !== undefined) emit(String(value));
    },
  };
}

/** The slow log, under the names that redis_exporter gives it. */
export const slowLogMetrics = {
  redis_slowlog_length: gauge(
    fromSlowLog("SLOWLOG LEN", ({ length }) => length),
    "Entries in the slow log.",
  ),
  redis_slowlog_last_id: gauge(
    fromSlowLog("SLOWLOG GET 1", ({ last }) => last?.id),
    "Number of the newest entry of the slow log; absent if it has none.",
  ),
  redis_last_slow_execution_duration_seconds: gauge(
    fromSlowLog("SLOWLOG GET 1", ({ last }) => last && last.durationUs / 1e6),
    "How long the newest entry of the slow log took; absent if it has none.",
  ),
} satisfies MetricTable;
