import { writeLabel } from "../exposition.ts";
import { asWritten } from "./conversion.ts";
import { counter, type MetricTable } from "./metric.ts";
import { field, type Source } from "./source.ts";

const activeTimePrefix = "used_active_time_io_thread_";

const ioThreadActiveTime: Source = {
  reads: [`${activeTimePrefix}N`],
  labelNames: ["thread"],
  collect({ info }, emit) {
    // Servers that tell of no thread are spared the look at every field.
    if (!info.has("used_active_time_main_thread")) return;
    for (const [name, text] of info) {
      const value = name.startsWith(activeTimePrefix) ? asWritten(text) : undefined;
      if (value !== undefined) emit(value, writeLabel("thread", name.slice(activeTimePrefix.length)));
    }
  },
};

/** INFO section `cpu`. */
export const cpuMetrics = {
  redis_cpu_sys_seconds_total: counter(field("used_cpu_sys"), "System CPU time of Redis, all threads."),
  redis_cpu_user_seconds_total: counter(field("used_cpu_user"), "User CPU time of Redis, all threads."),
  redis_cpu_sys_children_seconds_total: counter(
    field("used_cpu_sys_children"),
    "System CPU time of child processes: saves and rewrites.",
  ),
  redis_cpu_user_children_seconds_total: counter(
    field("used_cpu_user_children"),
    "User CPU time of child processes: saves and rewrites.",
  ),
  redis_cpu_sys_main_thread_seconds_total: counter(
    field("used_cpu_sys_main_thread"),
    "System CPU time of the main thread.",
  ),
  redis_cpu_user_main_thread_seconds_total: counter(
    field("used_cpu_user_main_thread"),
    "User CPU time of the main thread.",
  ),
  redis_active_time_main_thread_seconds_total: counter(
    field("used_active_time_main_thread"),
    "Time in which the main thread had work, waiting for more not included (Valkey).",
  ),
  redis_active_time_io_thread_seconds_total: counter(
    ioThreadActiveTime,
    "Time in which each I/O thread had work, waiting for more not included (Valkey).",
  ),
} satisfies MetricTable;
