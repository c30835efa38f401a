import { Gauge, Registry } from "prom-client";
import type { BackupObserver } from "../backup/observe-backups.ts";
import type { RedisEventObserver } from "../events/redis-events.ts";
import type { IsolationObserver, IsolationState } from "../isolation/isolation-state.ts";
import type { RotationObserver } from "../rotation/rotation.ts";
import { registerBackupMetrics } from "./backup-metrics.ts";
import type { DataVolumeUsage } from "./data-volume.ts";
import { dataVolumeGauges } from "./data-volume-metrics.ts";
import { registerEventMetrics, type RotatedSubjectName } from "./event-metrics.ts";
import { writeLabels } from "./exposition.ts";
import { isolationGauges, registerIsolationMetrics } from "./isolation-metrics.ts";
import {
  createProcessReader,
  processGauges,
  type ProcessReading,
  registerProcessMetrics,
} from "./process-metrics.ts";
import type { InstanceLabels } from "./render.ts";
import { registerRequestMetrics, type RequestObserver } from "./request-metrics.ts";
import { registerScrapeMetrics, type ScrapeObserver } from "./scrape-metrics.ts";
import { createStateGaugeWriter, type StateGauge } from "./state-gauges.ts";

/** The agent's own metrics: its API, its backups, its scrapes, what it knows of its instance, its process. */
export interface ManagerMetrics
  extends
    BackupObserver,
    IsolationObserver,
    RedisEventObserver,
    RequestObserver,
    RotationObserver,
    ScrapeObserver {
  /** Writes them in the Prometheus text format, to be put after those of Redis. */
  render(): Promise<string>;
}

/** What is known of the instance when a scrape comes. */
export interface ManagerState {
  readonly isolation: IsolationState;
  /** Milliseconds since the API server last confirmed the RedisCluster; `undefined`: not since the start. */
  readonly clusterObservedMsAgo: number | undefined;
  readonly dataVolume: DataVolumeUsage | undefined;
}

/** What {@link createManagerMetrics} needs. */
export interface ManagerMetricsOptions {
  readonly labels: InstanceLabels;
  /** The agent's version. */
  readonly version: string;
  /** What is rotated in Redis when its files change. */
  readonly rotatedSubjects: readonly RotatedSubjectName[];
  /** Is asked for every scrape; never rejects, and has a deadline. */
  readonly readState: () => Promise<ManagerState>;
}

/** What a metric is called, what it is and what tells its series apart, beside the labels that all have. */
export interface MetricDescription {
  readonly name: string;
  /** `counter`, `gauge` or `histogram`. */
  readonly type: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

const clusterGauges: readonly StateGauge<ManagerState>[] = [
  {
    name: "instance_manager_cluster_observed_timestamp_seconds",
    help: "Unix time at which the API server last confirmed the RedisCluster; absent outside Kubernetes, and before the first answer.",
    read: ({ clusterObservedMsAgo: ageMs }) => (ageMs === undefined ? undefined : (Date.now() - ageMs) / 1e3),
  },
];

/** What the gauges are read from. */
interface GaugeState extends ManagerState {
  readonly process: ProcessReading;
}

const stateGauges: readonly StateGauge<GaugeState>[] = [
  ...readingOf(isolationGauges, ({ isolation }) => isolation),
  ...clusterGauges,
  ...readingOf(dataVolumeGauges, ({ dataVolume }) => dataVolume),
  ...readingOf(processGauges, (state) => state.process),
];

/** Creates the agent's metrics, all at zero, in a registry of their own. */
export function createManagerMetrics(options: ManagerMetricsOptions): ManagerMetrics {
  const { labels, readState } = options;
  const { registry, observers } = registerAll(options);
  const agent = createProcessReader();
  const addLabels = createLabelWriter(labels);
  const writeGauges = createStateGaugeWriter(stateGauges, labels);
  return {
    ...observers,
    ...agent.observer,
    async render() {
      const state = await readState();
      const counted = await registry.metrics();
      return addLabels(counted) + writeGauges({ ...state, process: agent.read() });
    },
  };
}

/** Lists the agent's metrics, for a reference of them. */
export function describeManagerMetrics(): readonly MetricDescription[] {
  const { registry } = registerAll({ version: "", rotatedSubjects: [] });
  const registered = registry.getMetricsAsArray().map((metric) => ({
    name: metric.name,
    type: String(metric.type),
    help: metric.help,
    labelNames:
      "labelNames" in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : [],
  }));
  const gauges = stateGauges.map(({ name, help }) => ({ name, type: "gauge", help, labelNames: [] }));
  return [...registered, ...gauges];
}

function registerAll({
  version,
  rotatedSubjects,
}: Pick<ManagerMetricsOptions, "version" | "rotatedSubjects">) {
  const registry = new Registry();
  new Gauge({
    name: "instance_manager_build_info",
    help: "Always 1; the labels say which version of the agent runs, on which Node.js.",
    labelNames: ["version", "node"],
    registers: [registry],
  }).set({ version, node: process.versions.node }, 1);
  const observers = {
    ...registerRequestMetrics(registry),
    ...registerScrapeMetrics(registry),
    ...registerBackupMetrics(registry),
    ...registerEventMetrics(registry, rotatedSubjects),
    ...registerIsolationMetrics(registry),
  };
  registerProcessMetrics(registry);
  return { registry, observers };
}

function readingOf<State>(
  gauges: readonly StateGauge<State>[],
  select: (state: GaugeState) => State,
): readonly StateGauge<GaugeState>[] {
  return gauges.map(({ name, help, read }) => ({ name, help, read: (state) => read(select(state)) }));
}

/**
 * Adds the labels that all series have to a written exposition. prom-client's own default labels are put together and escaped
 * anew for each series, which takes longer than all the rest.
 */
function createLabelWriter({ cluster, namespace, pod }: InstanceLabels): (exposition: string) => string {
  const common = writeLabels({ cluster, namespace, pod });
  return (exposition) =>
    exposition.replace(/^([a-zA-Z_:][\w:]*)([{ ])/gm, (_series, name: string, next: string) =>
      next === "{" ? `${name}{${common},` : `${name}{${common}} `,
    );
}
