import { describe, expect, it } from "vitest";
import { rows } from "../dashboard/dashboard.ts";
import { listKnownMetrics } from "./known-metrics.ts";
import { readUsage, type Selection } from "./promql.ts";
import { readRuleFiles } from "./rule-files.ts";

const known = listKnownMetrics();
const rules = readRuleFiles().flatMap((file) =>
  file.rules.map(({ alert, record, expr }) => ({ name: alert ?? record ?? "", expr })),
);
const queries = rows.flatMap(({ panels }) =>
  panels.flatMap(({ title, queries: ofPanel }) =>
    ofPanel.map(({ expr, legend }) => ({ name: `${title}: ${legend}`, expr: substitute(expr) })),
  ),
);

function labelsOf({ metric }: Selection): ReadonlySet<string> {
  return known.get(metric) ?? new Set();
}

function substitute(expr: string): string {
  return expr.replaceAll("$__rate_interval", "1m");
}

describe.each([
  ["rule", rules],
  ["query", queries],
])("the metrics and labels of each %s", (_kind, expressions) => {
  it.each(expressions)("exist: $name", ({ expr }) => {
    const { selections, groupings } = readUsage(expr);
    expect(selections.length).toBeGreaterThan(0);
    expect(selections.map(({ metric }) => metric).filter((metric) => !known.has(metric))).toEqual([]);
    for (const selection of selections) {
      const unknown = selection.labels.filter((label) => !labelsOf(selection).has(label));
      expect([selection.metric, unknown]).toEqual([selection.metric, []]);
    }
    const all = new Set(selections.flatMap((selection) => [...labelsOf(selection)]));
    expect(groupings.filter((label) => !all.has(label))).toEqual([]);
  });
});

describe("readUsage", () => {
  it("finds metrics, the labels that select them, and the labels of groups and joins", () => {
    const expr = 'sum by (a) (x{b="1"}) / on (c) group_left (d) {__name__=~"y|z", e!="2"}';
    expect(readUsage(expr)).toEqual({
      selections: [
        { metric: "x", labels: ["b"] },
        { metric: "y", labels: ["e"] },
        { metric: "z", labels: ["e"] },
      ],
      groupings: ["a", "c", "d"],
    });
  });

  it("refuses what is no PromQL", () => {
    expect(() => readUsage("sum by (a) (x")).toThrow("no PromQL");
  });
});
