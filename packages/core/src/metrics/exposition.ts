/** The kinds of metric that the Redis catalogue holds. */
export type MetricType = "gauge" | "counter" | "histogram" | "summary";

/** The Content-Type of an exposition, whatever the scraper asks for. */
export const expositionContentType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Writes one label, with the comma that parts it from what stands before.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function writeLabel(name: string, value: string): string {
  return `,${name}="${escapeLabelValue(value)}"`;
}

/** Writes labels as they stand between the braces. */
export function writeLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => writeLabel(name, value))
    .join("")
    .slice(1);
}

/** Writes the two comments that precede the series of a metric. */
export function writeHead(name: string, { type, help }: { type: MetricType; help: string }): string {
  return `# HELP ${name} ${help.replace(/[\\\n]/g, escapeCharacter)}\n# TYPE ${name} ${type}\n`;
}

function escapeLabelValue(value: string): string {
  return /["\\\n]/.test(value) ? value.replace(/["\\\n]/g, escapeCharacter) : value;
}

function escapeCharacter(character: string): string {
  return character === "\n" ? String.raw`\n` : `\\${character}`;
}
