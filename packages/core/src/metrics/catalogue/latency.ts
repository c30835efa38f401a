import { writeLabel } from "../exposition.ts";
import type { CommandLatency } from "../latency-histogram.ts";
import { fromMicroseconds } from "./conversion.ts";
import { pairOf } from "./lines.ts";
import type { MetricTable } from "./metric.ts";
import type { Source } from "./source.ts";

// Redis counts in powers of two from 1.024 us to 1.07 s, each with the highest value that it can't tell from it, and leaves out
// what is empty. Prometheus wants the same bounds in every scrape.
const bounds = Array.from({ length: 21 }, (_, place) => {
  const upToUs = Math.floor((2 ** (place + 10) + 2 ** (place + 3) - 1) / 1e3);
  return { upToUs, label: writeLabel("le", String(upToUs / 1e6)) };
});
const infinite = writeLabel("le", "+Inf");

const histograms: Source = {
  reads: ["LATENCY HISTOGRAM", "cmdstat_CMD: usec"],
  labelNames: ["command"],
  collect({ observation, lines }, emit) {
    if (!observation.up || observation.latencies === undefined) return;
    const latencies = observation.latencies;
    // In INFO's order, which has the time spent too.
    for (const line of lines.cmdstat_CMD) {
      const latency = latencies.get(line.id);
      const sum = fromMicroseconds(pairOf(line, "usec") ?? "");
      if (latency === undefined || sum === undefined) continue;
      const command = writeLabel("command", line.id);
      for (const { upToUs, label } of bounds)
        emit(String(countUpTo(upToUs, latency)), command + label, "_bucket");
      emit(String(latency.calls), command + infinite, "_bucket");
      emit(sum, command, "_sum");
      emit(String(latency.calls), command, "_count");
    }
  },
};

/** How long commands took, as LATENCY HISTOGRAM says. */
export const latencyMetrics = {
  redis_command_latency_seconds: {
    type: "histogram",
    help: "How long the calls of each command took, since the start or the last reset.",
    source: histograms,
  },
} satisfies MetricTable;

function countUpTo(boundUs: number, { buckets }: CommandLatency): number {
  return buckets.findLast(({ upToUs }) => upToUs <= boundUs)?.calls ?? 0;
}
