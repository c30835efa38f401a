import { expect } from "vitest";

/** One line of the exposition format. */
export interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

const seriesPattern = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?[\d.]+(?:e[+-]?\d+)?|NaN|[+-]Inf)$/;
const labelPattern = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/gy;
const suffixes = /_(?:bucket|sum|count)$/;

/**
 * Parses the Prometheus text format 0.0.4 as a strict scraper does: every line is a comment of a family or a series of
 * the family whose comments precede it, no family and no series stands twice, the text ends in a newline.
 */
export function parseExposition(text: string): readonly Series[] {
  expect(text.endsWith("\n")).toBe(true);
  const typeByFamily = new Map<string, string>();
  const series = new Map<string, Series>();
  let family = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") {
      family = name;
      expect(typeByFamily.has(name), `family ${name} stands twice`).toBe(false);
    } else if (kind === "TYPE") {
      expect([name, rest]).toEqual([
        family,
        expect.stringMatching(/^(counter|gauge|histogram|summary|untyped)$/),
      ]);
      typeByFamily.set(name, rest);
    } else if (line !== "") {
      const parsed = parseSeries(line);
      const isOfHistogram = typeByFamily.get(family) === "histogram";
      expect(isOfHistogram ? parsed.name.replace(suffixes, "") : parsed.name).toBe(family);
      const id = `${parsed.name} ${[...parsed.labels]
        .map(String)
        .toSorted((a, b) => a.localeCompare(b))
        .join()}`;
      expect(series.has(id), `${id} stands twice`).toBe(false);
      series.set(id, parsed);
    }
  }
  return [...series.values()];
}

function parseSeries(line: string): Series {
  const [, name, labelText = "", value = ""] = seriesPattern.exec(line) ?? [];
  if (name === undefined) throw new Error(`no line of the exposition format: ${line}`);
  const labels = [...labelText.matchAll(labelPattern)];
  expect(labels.map(([text]) => text).join("")).toBe(labelText);
  return {
    name,
    labels: new Map(labels.map(([, label = "", text = ""]) => [label, text])),
    value: Number(value.replace("Inf", "Infinity")),
  };
}

/** The value of the only series with this name and at least these labels. */
export function valueOf(
  series: readonly Series[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = series.filter(
    (one) =>
      one.name === name && Object.entries(labels).every(([label, text]) => one.labels.get(label) === text),
  );
  expect(found.length, `series ${name}`).toBeLessThan(2);
  return found[0]?.value;
}
