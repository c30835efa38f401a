/** The kinds of metric that the Redis catalogue holds. */
export type MetricType = "gauge" | "counter";

/** Label values by label name. */
export type Labels = Readonly<Record<string, string>>;

/** One series of a family: what tells it from the others, and its number as text, so that 64-bit values stay exact. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: string;
}

/** One metric with all of its series. */
export interface MetricFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** The Content-Type of the text that {@link writeExposition} returns. */
export const expositionContentType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Writes metric families in the Prometheus text format 0.0.4. A family without samples is left out; of two samples with the
 * same labels the later one counts.
 *
 * @param commonLabels - Labels that every series gets, first.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function writeExposition(families: Iterable<MetricFamily>, commonLabels: Labels): string {
  const common = writeLabels(commonLabels);
  let text = "";
  for (const { name, type, help, samples } of families) {
    if (samples.length === 0) continue;
    text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
    for (const [own, value] of valueBySeries(samples)) {
      const separator = common === "" || own === "" ? "" : ",";
      text += `${name}{${common}${separator}${own}} ${value}\n`;
    }
  }
  return text;
}

// Prometheus drops or refuses a series that stands twice. It happens: a replica that reconnects is listed a second time, last,
// until its old connection times out.
function valueBySeries(samples: readonly Sample[]): ReadonlyMap<string, string> {
  return new Map(samples.map(({ labels = {}, value }) => [writeLabels(labels), value]));
}

function writeLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabelValue(value)}"`)
    .join(",");
}

function escapeLabelValue(value: string): string {
  return value.replace(/["\\\n]/g, escapeCharacter);
}

function escapeHelp(help: string): string {
  return help.replace(/[\\\n]/g, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return character === "\n" ? String.raw`\n` : `\\${character}`;
}
