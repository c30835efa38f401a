import type { MetricType } from "../exposition.ts";
import type { Source } from "./source.ts";

/** One row of the catalogue. */
export interface Metric {
  readonly type: MetricType;
  readonly help: string;
  readonly source: Source;
  /** The row whose value this one has under another name. */
  readonly otherNameOf?: MetricName;
}

/** Every metric of Redis begins so. */
export type MetricName = `redis_${string}`;

/** Rows by metric name, in base units; a counter's name ends in `_total`. */
export type MetricTable = Readonly<Record<MetricName, Metric>>;

/** A row for a value that goes up and down. */
export function gauge(source: Source, help: string): Metric {
  return { type: "gauge", help, source };
}

/** A row for a value that only grows, until a restart or `CONFIG RESETSTAT` sets it to zero. */
export function counter(source: Source, help: string): Metric {
  return { type: "counter", help, source };
}
