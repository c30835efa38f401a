// How long a cluster takes no writes when its primary is killed, with the operator of examples/operator, and what is lost by that.
// Usage: pnpm run bench:failover [--runs 10]
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { startOperator } from "@redis-operator/example-operator/local";
import { startRedisCluster } from "@redis-operator/testbed";
import { type KillFigures, killPrimary } from "./kill-primary.ts";
import { type Scenario, scenarios } from "./scenarios.ts";

const { values: options } = parseArgs({ options: { runs: { type: "string", default: "10" } } });
const runs = Number(options.runs);

const redis = execFileSync("redis-server", ["--version"], { encoding: "utf8" })
  .split(" ")
  .slice(1, 3)
  .join(" ");
console.log(
  `${process.version}, ${redis}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}; ${runs} kills each, median (least–most)\n`,
);
console.log("| | decided, s | fenced, s | next write, s | acknowledged before | of them lost |");
console.log("|---|---|---|---|---|---|");
for (const scenario of scenarios) console.log(describe(scenario, await measure(scenario)));

async function measure(scenario: Scenario): Promise<readonly KillFigures[]> {
  const { managers: env, directives } = scenario;
  await using cluster = await startRedisCluster({ size: 3, env, directives });
  await using operator = await startOperator(cluster, { env: scenario.operator });
  const figures: KillFigures[] = [];
  for (let run = 0; run < runs; run += 1)
    figures.push(await killPrimary(cluster, { operator, scenario, run }));
  return figures;
}

function describe({ name }: Scenario, figures: readonly KillFigures[]): string {
  const cells = [
    summarize(
      figures.flatMap(({ decidedMs }) => decidedMs ?? []),
      inSeconds,
    ),
    summarize(
      figures.flatMap(({ fencedMs }) => fencedMs ?? []),
      inSeconds,
    ),
    summarize(
      figures.map(({ writtenMs }) => writtenMs),
      inSeconds,
    ),
    summarize(
      figures.map(({ acknowledged }) => acknowledged),
      String,
    ),
    summarize(
      figures.map(({ lost }) => lost),
      String,
    ),
  ];
  return `| ${name} | ${cells.join(" | ")} |`;
}

function inSeconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function summarize(values: readonly number[], format: (value: number) => string): string {
  const sorted = values.toSorted((left, right) => left - right);
  const [median, least, most] = [sorted[Math.floor(sorted.length / 2)], sorted[0], sorted.at(-1)];
  if (median === undefined || least === undefined || most === undefined) return "–";
  return `${format(median)} (${format(least)}–${format(most)})`;
}
