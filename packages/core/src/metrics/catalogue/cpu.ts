import { counter, type MetricTable } from "./metric.ts";
import { field } from "./source.ts";

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
} satisfies MetricTable;
