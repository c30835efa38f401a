import { catalogue, redisExporterSection } from "./catalogue/catalogue.ts";
import type { MetricType } from "./exposition.ts";

/** What a metric of Redis is called, what it is, where it comes from, and what tells its series apart. */
export interface RedisMetricDescription {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** Beside `cluster`, `namespace` and `pod`, which all have. */
  readonly labelNames: readonly string[];
  /** INFO fields, or the command if it is another. */
  readonly reads: readonly string[];
  /** The metric that has the same value, for a name of redis_exporter's. */
  readonly otherNameOf: string | undefined;
}

/** Lists what scrapes can show of Redis, section by section, for a reference of them. */
export function describeRedisMetrics(): readonly {
  readonly section: string;
  readonly metrics: readonly RedisMetricDescription[];
}[] {
  return [...catalogue, redisExporterSection].map(({ name: section, roleLabel, metrics }) => ({
    section,
    metrics: Object.entries(metrics).map(([name, { type, help, source, otherNameOf }]) => ({
      name,
      type,
      help,
      labelNames: roleLabel ? ["role", ...source.labelNames] : source.labelNames,
      reads: source.reads,
      otherNameOf,
    })),
  }));
}
