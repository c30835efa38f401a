/** How Grafana draws a panel. */
export type PanelKind = "timeseries" | "stat" | "state-timeline" | "table";

/** One expression of a panel. */
export interface Query {
  /** PromQL, with the dashboard's variables. */
  readonly expr: string;
  /** What the series is called; for a name of a label `{{label}}`. */
  readonly legend: string;
  /** Why there is no series while all is well. Without it, a healthy pair of instances has one. */
  readonly emptyInHealth?: string;
}

/** One panel. */
export interface Panel {
  readonly title: string;
  /** What it shows, and what to look out for. */
  readonly description: string;
  /** One of Grafana's units: `s`, `bytes`, `percentunit`, … */
  readonly unit: string;
  readonly kind?: PanelKind;
  readonly queries: readonly Query[];
  /** What a value is called and its color, instead of the number. */
  readonly states?: Readonly<Record<string, readonly [text: string, color: string]>>;
  /** Of the 24 columns; 8 if unset. */
  readonly width?: number;
}

/** Panels under a common heading. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Selects the chosen cluster. */
export const ofCluster = 'namespace="$namespace", cluster="$cluster"';

/** Selects the chosen pods of the chosen cluster. */
export const ofPods = `${ofCluster}, pod=~"$pod"`;

/** The rate of a counter, added up by some labels. */
export function rateOf(
  counter: string,
  { by, where = "" }: { readonly by: string; readonly where?: string },
) {
  const selector = where === "" ? ofPods : `${ofPods}, ${where}`;
  return `sum by (${by}) (rate(${counter}{${selector}}[$__rate_interval]))`;
}

/** A gauge, one series for each pod: one that has changed its role or its address is drawn as one line. */
export function perPod(gauge: string): string {
  return `max by (pod) (${gauge}{${ofPods}})`;
}
