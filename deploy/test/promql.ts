import type { SyntaxNodeRef } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";

/** A metric that an expression selects, with the labels by which it does. */
export interface Selection {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** What an expression asks of the metrics. */
export interface Usage {
  readonly selections: readonly Selection[];
  /** Labels by which it groups, joins or takes over. */
  readonly groupings: readonly string[];
}

/** Finds every metric and label of an expression. @throws Error if it is no PromQL. */
export function readUsage(expr: string): Usage {
  const selections: Selection[] = [];
  const groupings: string[] = [];
  const textOf = ({ from, to }: SyntaxNodeRef) => expr.slice(from, to);
  parser.parse(expr).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${expr}`);
      if (node.name === "VectorSelector") selections.push(...readSelector(textOf(node)));
      if (node.name === "GroupingLabels") groupings.push(...(textOf(node).match(/\w+/g) ?? []));
    },
  });
  return { selections, groupings };
}

/** A selector without a metric before its braces names one, or several, by `__name__`. */
function readSelector(selector: string): readonly Selection[] {
  const [, metric = "", matchers = ""] = /^([\w:]*)\s*(?:\{(.*)\})?$/s.exec(selector) ?? [];
  const named = new Map(
    [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label = "", value = ""]) => [
      label,
      value,
    ]),
  );
  const metrics = named.get("__name__")?.split("|") ?? [metric];
  const labels = [...named.keys()].filter((label) => label !== "__name__");
  return metrics.map((name) => ({ metric: name, labels }));
}
