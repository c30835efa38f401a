import type { InstanceLabels } from "./render.ts";
import { writeHead, writeLabels } from "./exposition.ts";

/** A gauge whose value follows from a state that is known when a scrape comes. */
export interface StateGauge<State> {
  readonly name: string;
  readonly help: string;
  /** In the unit that the name says; `undefined`: no sample. */
  readonly read: (state: State) => number | undefined;
}

/**
 * Creates the writer of gauges in the Prometheus text format. They are no gauges of prom-client's: nothing is kept between two
 * scrapes, and to set and collect them there takes several times as long.
 */
export function createStateGaugeWriter<State>(
  gauges: readonly StateGauge<State>[],
  { cluster, namespace, pod }: InstanceLabels,
): (state: State) => string {
  const labels = writeLabels({ cluster, namespace, pod });
  const written = gauges.map(({ name, help, read }) => ({
    beforeValue: `${writeHead(name, { type: "gauge", help })}${name}{${labels}} `,
    read,
  }));
  return (state) => {
    let text = "";
    for (const { beforeValue, read } of written) {
      const value = read(state);
      if (value !== undefined) text += `${beforeValue}${value}\n`;
    }
    return text;
  };
}

/** The value of a gauge that says yes (1) or no (0), or nothing where that isn't known. */
export function toFlag(isSo: boolean | undefined): number | undefined {
  return isSo === undefined ? undefined : Number(isSo);
}
