import { clientMetrics } from "./clients.ts";
import { commandMetrics } from "./commands.ts";
import { cpuMetrics } from "./cpu.ts";
import { fencingMetrics, instanceMetrics } from "./instance.ts";
import { keyspaceMetrics } from "./keyspace.ts";
import { latencyMetrics } from "./latency.ts";
import { memoryMetrics } from "./memory.ts";
import type { MetricTable } from "./metric.ts";
import { persistenceMetrics } from "./persistence.ts";
import { redisExporterMetrics } from "./redis-exporter-names.ts";
import { replicationMetrics } from "./replication.ts";
import { serverMetrics } from "./server.ts";
import { slowLogMetrics } from "./slow-log.ts";
import { statsMetrics } from "./stats.ts";
import { trafficMetrics } from "./traffic.ts";

/** A family of rows that share what they are about. */
export interface CatalogueSection {
  readonly name: string;
  /**
   * Whether the series carry `role` while Redis answers. Only where the role is the point: elsewhere a failover would end each
   * series and begin another.
   */
  readonly roleLabel: boolean;
  readonly metrics: MetricTable;
}

/** Every metric of Redis that a scrape can show, in the order of the output. A new metric is a row in one of its tables. */
export const catalogue: readonly CatalogueSection[] = [
  { name: "instance", roleLabel: true, metrics: instanceMetrics },
  { name: "fencing", roleLabel: false, metrics: fencingMetrics },
  { name: "server", roleLabel: false, metrics: serverMetrics },
  { name: "clients", roleLabel: false, metrics: clientMetrics },
  { name: "memory", roleLabel: false, metrics: memoryMetrics },
  { name: "persistence", roleLabel: false, metrics: persistenceMetrics },
  { name: "traffic", roleLabel: false, metrics: trafficMetrics },
  { name: "stats", roleLabel: false, metrics: statsMetrics },
  { name: "replication", roleLabel: true, metrics: replicationMetrics },
  { name: "cpu", roleLabel: false, metrics: cpuMetrics },
  { name: "commands", roleLabel: false, metrics: commandMetrics },
  { name: "keyspace", roleLabel: false, metrics: keyspaceMetrics },
  { name: "slow log", roleLabel: false, metrics: slowLogMetrics },
  { name: "latency", roleLabel: false, metrics: latencyMetrics },
];

/** The same under the names of redis_exporter, after all others. */
export const redisExporterSection: CatalogueSection = {
  name: "redis_exporter names",
  roleLabel: false,
  metrics: redisExporterMetrics,
};
