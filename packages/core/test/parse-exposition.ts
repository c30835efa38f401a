/** One series of an exposition, as a strict reader of the format sees it. */
export interface ParsedSample {
  readonly name: string;
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As written. */
  readonly value: string;
}

const number = String.raw`[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf|NaN)`;
const samplePattern = new RegExp(String.raw`^([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} (${number})$`);
const labelPattern = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/gy;

/**
 * Reads the Prometheus text format 0.0.4 more strictly than Prometheus does.
 *
 * @throws Error at a malformed line, a series or a family that stands twice, and a sample outside its family.
 */
export function parseExposition(text: string): readonly ParsedSample[] {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const samples: ParsedSample[] = [];
  const families = new Set<string>();
  const series = new Set<string>();
  let family = { name: "", type: "" };

  for (const line of text.split("\n")) {
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (line === "") continue;
    if (keyword === "HELP") {
      if (families.has(name)) throw new Error(`the family ${name} stands twice`);
      families.add(name);
      family = { name, type: "" };
    } else if (keyword === "TYPE") {
      if (family.name !== name || family.type !== "") throw new Error(`TYPE without its HELP: ${line}`);
      family = { name, type: rest };
    } else {
      const sample = parseSample(line, family);
      const key = seriesKey(sample);
      if (series.has(key)) throw new Error(`the series stands twice: ${line}`);
      series.add(key);
      samples.push(sample);
    }
  }
  return samples;
}

/** The labels of a series without those that another set of labels has: what is its own. */
export function withoutLabels(
  labels: ParsedSample["labels"],
  common: Readonly<Record<string, string>>,
): ParsedSample["labels"] {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !(name in common)));
}

function seriesKey({ name, labels }: ParsedSample): string {
  const sorted = Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([name, sorted]);
}

function parseSample(line: string, family: { name: string; type: string }): ParsedSample {
  const [, name = "", labelText = "", value = ""] = samplePattern.exec(line) ?? [];
  const suffixes = family.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
  if (!suffixes.some((suffix) => name === family.name + suffix) || family.type === "") {
    throw new Error(`no sample of ${family.name}: ${line}`);
  }
  return { name, type: family.type, labels: parseLabels(labelText), value };
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  let end = 0;
  for (const match of text.matchAll(labelPattern)) {
    const [all, name = "", escaped = ""] = match;
    if (name in labels) throw new Error(`the label ${name} stands twice: ${text}`);
    labels[name] = escaped.replace(/\\(.)/g, (_all, character: string) =>
      character === "n" ? "\n" : character,
    );
    end += all.length;
  }
  if (end !== text.length || text.endsWith(",")) throw new Error(`malformed labels: ${text}`);
  return labels;
}
