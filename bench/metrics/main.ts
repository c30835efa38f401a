// What a scrape costs the scraped: our manager and redis_exporter about the same Redis, in turns.
// Usage: npm run bench:metrics [-- --rounds 5 --scrapes 2000]
import { execFileSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { readCpuSeconds } from "@redis-operator/testbed";
import { summarize } from "../backup/report.ts";
import { runRound, type Rest, type Round } from "./round.ts";
import { countRedisSeries, createScraper, type Encoding } from "./scraper.ts";
import { startUsedRedis } from "./redis-state.ts";
import { readExporterVersion, startSubjects, type Subject } from "./subjects.ts";

const { values: options } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    rounds: { type: "string", default: "5" },
    // CPU time is counted in hundredths of a second.
    scrapes: { type: "string", default: "2000" },
  },
});
const [rounds, scrapes] = [Number(options.rounds), Number(options.scrapes)];
const restSeconds = 10;
const firstScrapes = 200;
const encodings = ["gzip", "identity"] as const satisfies readonly Encoding[];

execFileSync("turbo", ["run", "build", "--output-logs=errors-only"], { stdio: "inherit" });
console.log(
  `Node ${process.version}, redis_exporter ${readExporterVersion()}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, load ${loadavg()[0]?.toFixed(1)} before; ` +
    `${rounds} rounds of ${scrapes} scrapes, median (least–most).\n`,
);

await using started = new AsyncDisposableStack();
const redis = await startUsedRedis(started);
const subjects = await startSubjects(redis, started);
const redisPid = redis.process.pid;

// Nobody is warm yet: what a scraper gets in the first hours after a start.
const atRest: Rest = { own: 0, redis: 0 };
const first = new Map<Subject, Round>();
for (const subject of subjects) {
  first.set(
    subject,
    await runRound(subject, { redisPid, encoding: "gzip", scrapes: firstScrapes, rest: atRest }),
  );
}
const rests = await measureRest();

const results = subjects.flatMap((subject) =>
  encodings.map((encoding) => ({ subject, encoding, rounds: new Array<Round>() })),
);
// In turns, so that a busy moment of the machine doesn't fall on one of them alone.
for (let round = 0; round < rounds; round += 1) {
  for (const { subject, encoding, rounds: done } of results) {
    console.error(`round ${round + 1} of ${rounds}: ${subject.name}, ${encoding}`);
    const rest = rests.get(subject) ?? atRest;
    done.push(await runRound(subject, { redisPid, encoding, scrapes, rest }));
  }
}

const perRound = scrapes * encodings.length;
console.log(
  `| | series of Redis | own CPU of the first ${firstScrapes}, ms | RSS after them, MB | after ${perRound} more | after ${rounds * perRound} more |`,
);
console.log("|---|---|---|---|---|---|");
for (const subject of subjects) {
  using scraper = createScraper(subject.url, "identity");
  const own = results.filter((result) => result.subject === subject);
  const cells = [
    String(countRedisSeries(await scraper.readText())),
    first.get(subject)?.ownCpuMs.toFixed(2),
    first.get(subject)?.rssMb.toFixed(1),
    own.at(-1)?.rounds[0]?.rssMb.toFixed(1),
    own.at(-1)?.rounds.at(-1)?.rssMb.toFixed(1),
  ];
  console.log(`| ${subject.name} | ${cells.join(" | ")} |`);
}
console.log(
  "\n| | own CPU, ms | Redis' CPU, ms | p50, ms | p99, ms | body, bytes |\n|---|---|---|---|---|---|",
);
for (const { subject, encoding, rounds: done } of results) {
  const cells = [
    summarize(
      done.map(({ ownCpuMs }) => ownCpuMs),
      2,
    ),
    summarize(
      done.map(({ redisCpuMs }) => redisCpuMs),
      2,
    ),
    summarize(
      done.map(({ p50Ms }) => p50Ms),
      2,
    ),
    summarize(
      done.map(({ p99Ms }) => p99Ms),
      2,
    ),
    String(done.at(-1)?.bytes ?? 0),
  ];
  console.log(`| ${subject.name}, ${encoding} | ${cells.join(" | ")} |`);
}

/** What each subject and Redis use while nobody scrapes, which is no cost of a scrape. */
async function measureRest(): Promise<ReadonlyMap<Subject, Rest>> {
  const before = subjects.map(({ pid }) => readOwnSeconds(pid));
  const redisBefore = readOwnSeconds(redisPid);
  await pause(restSeconds * 1e3);
  const ofRedis = (readOwnSeconds(redisPid) - redisBefore) / restSeconds;
  return new Map(
    subjects.map((subject, index) => [
      subject,
      { own: (readOwnSeconds(subject.pid) - (before[index] ?? 0)) / restSeconds, redis: ofRedis },
    ]),
  );
}

function readOwnSeconds(pid: number): number {
  return readCpuSeconds(pid).own;
}
