import { existsSync, readFileSync } from "node:fs";
import * as z from "zod";

const figuresSchema = z.object({
  scenario: z.string(),
  isSelfFencing: z.boolean(),
  timeTo503Ms: z.number().optional(),
  lastAcceptedMs: z.number().optional(),
  acknowledged: z.number(),
  lost: z.number(),
  falseAlarms: z.number().optional(),
  healthzP99Ms: z.number().optional(),
  healthzMaxMs: z.number().optional(),
  controlP99Ms: z.number().optional(),
  longestPauseMs: z.number().optional(),
});
type Figures = z.infer<typeof figuresSchema>;

const columns = [
  ["time to 503, s", ({ timeTo503Ms }) => timeTo503Ms, seconds],
  ["last write accepted, s", ({ lastAcceptedMs }) => lastAcceptedMs, seconds],
  ["longest pause of writes, s", ({ longestPauseMs }) => longestPauseMs, seconds],
  ["writes acknowledged", ({ acknowledged }) => acknowledged, String],
  ["of them lost", ({ lost }) => lost, String],
  ["false alarms", ({ falseAlarms }) => falseAlarms, String],
  ["`/healthz` p99, ms", ({ healthzP99Ms }) => healthzP99Ms, (ms: number) => ms.toFixed(1)],
  ["p99 of an idle server, ms", ({ controlP99Ms }) => controlP99Ms, (ms: number) => ms.toFixed(1)],
  ["`/healthz` max, ms", ({ healthzMaxMs }) => healthzMaxMs, (ms: number) => ms.toFixed(0)],
] as const satisfies readonly (readonly [
  string,
  (figures: Figures) => number | undefined,
  (value: number) => string,
])[];

/** What the scenarios measured as a table in Markdown; of several runs the median and, behind it, the least and the most. */
export function renderFigures(file: string): string {
  if (!existsSync(file)) return "nothing was measured";
  const all = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => figuresSchema.parse(JSON.parse(line)));
  const groups = Map.groupBy(
    all,
    ({ scenario, isSelfFencing }) => `${scenario} | ${isSelfFencing ? "yes" : "no"}`,
  );
  const header = ["scenario", "self-fencing", ...columns.map(([title]) => title)];
  return [
    `| ${header.join(" | ")} |`,
    `|${header.map(() => " --- |").join("")}`,
    ...[...groups].map(([name, runs]) => {
      const cells = columns.map(([, read, render]) =>
        spread(
          runs.flatMap((run) => read(run) ?? []),
          render,
        ),
      );
      return `| ${name} | ${cells.join(" | ")} |`;
    }),
  ].join("\n");
}

function spread(values: readonly number[], render: (value: number) => string): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [least, median, most] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  if (least === undefined || median === undefined || most === undefined) return "–";
  return render(least) === render(most)
    ? render(median)
    : `${render(median)} (${render(least)}–${render(most)})`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
