// Start to the first 200 and resident memory of both managers, beside a bare node:http server in the same run.
// Usage: pnpm run bench:startup
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import {
  freePort,
  type RedisServer,
  startProcess,
  startRedisServer,
  startSentinel,
} from "@redis-operator/testbed";

const runs = 10;
const requests = 10_000;
const concurrency = 20;

interface Subject {
  readonly name: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Measurement {
  readonly firstAnswerMs: number;
  readonly idleMb: number;
  readonly afterRequestsMb: number;
}

await using redis = await startRedisServer();
await using sentinel = await startSentinel({ primary: redis, name: "bench", quorum: 1 });
const subjects = listSubjects(redis, sentinel);

// The subjects take turns, so that a busy moment of the machine doesn't fall on one of them alone.
const measured = new Map<Subject, Measurement[]>(subjects.map((subject) => [subject, []]));
for (let run = 0; run < runs; run += 1) {
  for (const [subject, measurements] of measured) measurements.push(await measure(subject));
}

console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, ${runs} runs, median (min–max)\n`,
);
console.log(`| | first 200, ms | RSS idle, MB | RSS after ${requests} requests, MB |\n|---|---|---|---|`);
for (const [{ name }, measurements] of measured) {
  const columns = (["firstAnswerMs", "idleMb", "afterRequestsMb"] as const).map((column) =>
    summarize(measurements.map((measurement) => measurement[column])),
  );
  console.log(`| ${name} | ${columns.join(" | ")} |`);
}

function listSubjects(primary: RedisServer, { port }: { readonly port: number }): readonly Subject[] {
  return [
    { name: "bare node:http", script: pathOf("./bare-server.cjs"), env: {} },
    {
      name: "sentinel manager",
      script: pathOf("../../apps/sentinel-manager/dist/main.cjs"),
      env: { REDIS_SUPERVISE: "false", REDIS_PORT: String(port), LOG_LEVEL: "warn" },
    },
    {
      name: "instance manager",
      script: pathOf("../../apps/instance-manager/dist/main.cjs"),
      env: { REDIS_SUPERVISE: "false", REDIS_PORT: String(primary.port), LOG_LEVEL: "warn" },
    },
  ];
}

async function measure({ script, env }: Subject): Promise<Measurement> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/healthz`;
  const startedAt = performance.now();
  await using server = await startProcess({
    command: process.execPath,
    args: [script],
    env: { PATH: process.env["PATH"], HTTP_PORT: String(port), ...env },
  });
  while (!(await isAnswered(url))) {
    if (server.hasExited()) throw new Error(server.output());
  }
  const firstAnswerMs = performance.now() - startedAt;
  const idleMb = residentMb(server.pid);
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let sent = 0; sent < requests / concurrency; sent += 1) await isAnswered(url);
    }),
  );
  return { firstAnswerMs, idleMb, afterRequestsMb: residentMb(server.pid) };
}

async function isAnswered(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.text();
    return response.status === 200;
  } catch {
    return false;
  }
}

function residentMb(pid: number): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1024;
}

function summarize(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => (sorted[index] ?? Number.NaN).toFixed(1);
  return `${at(Math.floor(sorted.length / 2))} (${at(0)}–${at(sorted.length - 1)})`;
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
