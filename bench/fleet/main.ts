// What a poll of many instances costs through the SDK, beside asking them one after another in the same run. Needs Linux,
// where all of 127.0.0.0/8 is this machine.
// Usage: pnpm run bench:fleet
import { execFile } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findRuntimes, type Runtime, startBlackHoles } from "@redis-operator/testbed";
import { startStatusServer } from "./start-status-server.ts";

const runs = 5;
const timeoutMs = 1_000;
// As the managers have it, and one that lets connections go at once.
const keptAliveMs = 95_000;
const letGoMs = 1;

interface PollFigures {
  readonly tookMs: readonly number[];
  readonly slowestMs: readonly number[];
  readonly failed: number;
  readonly residentMb: number;
}

interface RoundFigures {
  readonly heapMb: readonly number[];
  readonly residentMb: readonly number[];
}

const own: Runtime = { name: "this Node", command: process.execPath, args: [] };

console.log(
  `${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, median (min–max)\n`,
);
console.log(
  `| ${runs} processes each | first poll, ms | slowest answer of it, ms | later polls, ms | one after another, ms | failed | RSS, MB |`,
);
console.log("|---|---|---|---|---|---|---|");
await using dead = await startBlackHoles(30);
await printPolls("1,000 healthy", { healthy: 1_000, dead: [] });
await printPolls("270 healthy, 30 dead", {
  healthy: 270,
  dead: dead.targets.map(({ host, port }) => ({ host, port })),
});
await printRounds(own, "1,000 rounds of the same 100", { count: 1_000, moves: false, server: keptAliveMs });
for (const runtime of findRuntimes().filter(({ name }) => name.startsWith("Node"))) {
  const name = `${runtime.name}, 200 rounds of 100 new addresses`;
  await printRounds(runtime, name, { count: 200, moves: true, server: letGoMs });
}

async function printPolls(
  name: string,
  fleet: { readonly healthy: number; readonly dead: readonly object[] },
): Promise<void> {
  await using server = await startStatusServer(keptAliveMs);
  const options = { ...fleet, port: server.port, timeoutMs };
  const polled: PollFigures[] = [];
  const inTurn: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    polled.push(await measure<PollFigures>(own, "polls", { ...options, times: 6 }));
    // Thirty dead take half a minute, and always the same.
    if (run > 0 && fleet.dead.length > 0) continue;
    const { tookMs } = await measure<Pick<PollFigures, "tookMs">>(own, "oneAfterAnother", options);
    inTurn.push(...tookMs);
  }
  const columns = [
    polled.flatMap(({ tookMs }) => tookMs.slice(0, 1)),
    polled.flatMap(({ slowestMs }) => slowestMs.slice(0, 1)),
    polled.flatMap(({ tookMs }) => tookMs.slice(1)),
    inTurn,
    polled.map(({ failed }) => failed),
    polled.map(({ residentMb }) => residentMb),
  ];
  console.log(`| ${name} | ${columns.map(summarize).join(" | ")} |`);
}

async function printRounds(
  runtime: Runtime,
  name: string,
  {
    server: keepAliveMs,
    ...rounds
  }: { readonly count: number; readonly moves: boolean; readonly server: number },
): Promise<void> {
  const looks = 5;
  await using server = await startStatusServer(keepAliveMs);
  const options = { ...rounds, looks, healthy: 100, port: server.port };
  const { heapMb, residentMb } = await measure<RoundFigures>(runtime, "rounds", options);
  console.log(`\n${name}: heap ${list(heapMb)} MB, RSS ${list(residentMb)} MB, at ${looks} looks`);
}

function list(values: readonly number[]): string {
  return values.map((value) => value.toFixed(0)).join(", ");
}

/** Runs one measurement in a process of its own. */
async function measure<Figures>(
  { command, args }: Runtime,
  subject: string,
  options: object,
): Promise<Figures> {
  const files = [pathOf("./poll.js"), pathOf("../../packages/client/dist/index.js")];
  const script = ["--expose-gc", ...args, ...files, subject, JSON.stringify(options)];
  const { stdout } = await promisify(execFile)(command, script);
  const figures: Figures = JSON.parse(stdout);
  return figures;
}

function summarize(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => (sorted[index] ?? Number.NaN).toFixed(0);
  const median = at(Math.floor(sorted.length / 2));
  return sorted.length === 1 ? median : `${median} (${at(0)}–${at(sorted.length - 1)})`;
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
