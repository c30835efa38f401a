const comment = /^# (?:HELP|TYPE) [a-zA-Z_:][\w:]* .+$/;
const series =
  /^([a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})?) (?:-?[\d.]+(?:e[+-]?\d+)?|NaN|[+-]Inf)$/;

/** Why Prometheus wouldn't take a scrape; `undefined` if it would. */
export function findExpositionTrouble(text: string): string | undefined {
  if (!text.endsWith("\n")) return "it doesn't end in a newline";
  const seen = new Set<string>();
  for (const line of text.slice(0, -1).split("\n")) {
    if (line === "" || comment.test(line)) continue;
    const [, id] = series.exec(line) ?? [];
    if (id === undefined) return `no line of the exposition format: ${line}`;
    if (seen.has(id)) return `${id} stands twice`;
    seen.add(id);
  }
  return seen.size === 0 ? "no series" : undefined;
}
