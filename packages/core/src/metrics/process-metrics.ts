import { readdirSync, readFileSync, statSync } from "node:fs";
import { Counter, type Registry } from "prom-client";
import type { StateGauge } from "./state-gauges.ts";

/** Is told how late a timer of the process ran. */
export interface TimerObserver {
  timerRan(timing: { readonly lateMs: number }): void;
}

/** What the process uses now. */
export interface ProcessReading {
  readonly memory: NodeJS.MemoryUsage;
  readonly openFiles: number | undefined;
  readonly maxFiles: number | undefined;
  readonly lagMs: number;
}

/** Reads what the process uses. Each reading tells the longest lag since the one before. */
export function createProcessReader(): {
  readonly observer: TimerObserver;
  readonly read: () => ProcessReading;
} {
  const maxFiles = readMaxOpenFiles();
  let longestLagMs = 0;
  return {
    observer: {
      timerRan({ lateMs }) {
        longestLagMs = Math.max(longestLagMs, lateMs);
      },
    },
    read() {
      const lagMs = longestLagMs;
      longestLagMs = 0;
      return { memory: process.memoryUsage(), openFiles: countOpenFiles(), maxFiles, lagMs };
    },
  };
}

/**
 * Registers what the agent's own process has used since its start, under the names that Prometheus' client libraries have agreed
 * on.
 *
 * In place of prom-client's `collectDefaultMetrics`: its event-loop monitor wakes the process a hundred times a second, which
 * costs an idle agent 0.9 % of a core. What stands here is read during a scrape; how late the event loop runs is told by a timer
 * that runs anyway.
 */
export function registerProcessMetrics(registry: Registry): void {
  for (const { name, help, read } of counters) {
    const counter = new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        counter.reset();
        counter.inc(read());
      },
    });
  }
}

/** Gauges of what it uses now, under such names too. */
export const processGauges: readonly StateGauge<ProcessReading>[] = [
  {
    name: "process_resident_memory_bytes",
    help: "Resident memory of the agent.",
    read: ({ memory }) => memory.rss,
  },
  {
    name: "process_start_time_seconds",
    help: "Unix time at which the agent started.",
    read: () => Math.round(performance.timeOrigin) / 1000,
  },
  {
    name: "process_open_fds",
    help: "Open file descriptors of the agent.",
    read: ({ openFiles }) => openFiles,
  },
  {
    name: "process_max_fds",
    help: "How many file descriptors the agent may open; absent if that is unlimited.",
    read: ({ maxFiles }) => maxFiles,
  },
  {
    name: "nodejs_heap_size_used_bytes",
    help: "Used part of the agent's JavaScript heap.",
    read: ({ memory }) => memory.heapUsed,
  },
  {
    name: "nodejs_heap_size_total_bytes",
    help: "Size of the agent's JavaScript heap.",
    read: ({ memory }) => memory.heapTotal,
  },
  {
    name: "nodejs_external_memory_bytes",
    help: "Memory of the agent's objects outside the JavaScript heap, buffers above all.",
    read: ({ memory }) => memory.external,
  },
  {
    name: "nodejs_eventloop_lag_max_seconds",
    help: "The longest that the agent's event loop was late for a timer since the last scrape, of two timers a second.",
    read: ({ lagMs }) => lagMs / 1e3,
  },
];

const counters: readonly { name: string; help: string; read: () => number }[] = [
  {
    name: "process_cpu_seconds_total",
    help: "CPU time of the agent.",
    read: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  },
  {
    name: "nodejs_eventloop_active_seconds_total",
    help: "Time that the agent's event loop was busy; its rate is the loop's utilization.",
    read: () => performance.eventLoopUtilization().active / 1e3,
  },
];

// Only Linux has the folder, and it can't be read when the process has run out of descriptors: no sample then.
function countOpenFiles(): number | undefined {
  try {
    // Since Linux 6.2 its size is their number; a listing takes ten times as long, and itself holds one.
    return statSync("/proc/self/fd").size || readdirSync("/proc/self/fd").length - 1;
  } catch {
    return undefined;
  }
}

// Once: nobody changes the limit of a process that runs.
function readMaxOpenFiles(): number | undefined {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
