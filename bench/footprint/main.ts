// What the managers take from their pods, beside a bare node:http server in the same run: start, memory, CPU at rest.
// Usage: npm run pnpm -- run bench:footprint [--runs 5] [--rest-seconds 60] [--backup-gb 1]
//   --settings: in place of all that the instance manager with each of the image's settings left out.
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { nodeFlags } from "@redis-operator/testbed";
import { median, summarize } from "../backup/report.ts";
import { type BackupMeasurement, measureBackups } from "./measure-backup.ts";
import { type Measurement, measureLife } from "./measure-life.ts";
import { createSettingSubjects, createSubjects, type Subject } from "./subjects.ts";

const { values: options } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== "--"),
  options: {
    runs: { type: "string", default: "5" },
    "rest-seconds": { type: "string", default: "60" },
    "backup-gb": { type: "string", default: "1" },
    settings: { type: "boolean", default: false },
  },
});
const [runs, restSeconds, backupGb] = [options.runs, options["rest-seconds"], options["backup-gb"]].map(
  Number,
);
if (![runs, restSeconds, backupGb].every((value = Number.NaN) => value > 0)) {
  throw new Error("--runs, --rest-seconds and --backup-gb: expected numbers above 0");
}

console.log(
  `Node ${process.version} with ${nodeFlags.join(" ")} where nothing else is said, ${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, ` +
    `load ${loadavg()[0]?.toFixed(1)} before; ${runs} runs, median (least–most); MB are 10⁶ bytes.\n`,
);

await using started = new AsyncDisposableStack();
const measured = new Map<Subject, Measurement[]>(
  (options.settings ? createSettingSubjects() : await createSubjects(started)).map((subject) => [
    subject,
    [],
  ]),
);
// In turns, so that a busy moment of the machine doesn't fall on one of them alone.
for (let run = 0; run < (runs ?? 0); run += 1) {
  for (const [subject, measurements] of measured) {
    console.error(`run ${run + 1} of ${runs}: ${subject.name}`);
    measurements.push(await measureLife(subject, { restMs: (restSeconds ?? 0) * 1e3 }));
  }
}

type Column<Row> = readonly [heading: string, key: keyof Row, digits: number];

printTable("Start", [
  ["first 200, ms", "firstAnswerMs", 0],
  ["CPU until then, ms", "startCpuMs", 0],
]);
printTable("Memory", [
  ["RSS idle, MB", "idleRssMb", 1],
  ["PSS idle", "idlePssMb", 1],
  ["of the RSS anonymous", "idleAnonymousMb", 1],
  ["RSS after 10,000 requests", "afterRequestsRssMb", 1],
  ["PSS after them", "afterRequestsPssMb", 1],
  ["RSS after 2,000 scrapes more", "afterScrapesRssMb", 1],
]);
printTable("CPU of a request", [
  ["of /healthz, ms", "requestCpuMs", 2],
  ["of /metrics with gzip, ms", "scrapeCpuMs", 2],
]);
printTable("CPU at rest, ‰ of a core", [
  ["asked by nobody", "restCpuPerMille", 2],
  ["with probes and scrapes", "probedCpuPerMille", 2],
]);

if (!options.settings) {
  console.error("backups");
  printBackups(await measureBackups({ fileBytes: (backupGb ?? 0) * 1e9, runs: runs ?? 0 }));
}

function printBackups(backups: readonly BackupMeasurement[]): void {
  const columns = [
    ["RSS before, MB", "beforeMb", 1],
    ["peak PSS of all processes", "peakPssMb", 1],
    ["RSS at its end", "afterMb", 1],
    ["a minute later", "minuteLaterMb", 1],
  ] as const satisfies readonly Column<BackupMeasurement>[];
  printRow(["", ...columns.map(([heading]) => heading)]);
  printRow(["---", ...columns.map(() => "---")]);
  printRow([`instance manager, a backup of ${backupGb} GB`, ...summarizeColumns(backups, columns)]);
}

function printTable(title: string, columns: readonly Column<Measurement>[]): void {
  const first = [...measured.values()][0] ?? [];
  console.log(`### ${title}\n`);
  printRow(["", ...columns.flatMap(([heading]) => [heading, "× the first"])]);
  printRow(["---", ...columns.flatMap(() => ["---", "---"])]);
  for (const [{ name }, measurements] of measured) {
    const cells = columns.flatMap((column) => {
      const [, key] = column;
      return [...summarizeColumns(measurements, [column]), compare(measurements, first, key)];
    });
    printRow([name, ...cells]);
  }
  console.log();
}

function compare(
  measurements: readonly Measurement[],
  first: readonly Measurement[],
  key: keyof Measurement,
): string {
  const [own, other] = [measurements, first].map((list) => median(list.flatMap((one) => one[key] ?? [])));
  const ratio = (own ?? Number.NaN) / (other ?? Number.NaN);
  return Number.isFinite(ratio) ? ratio.toFixed(2) : "–";
}

function summarizeColumns<Row>(
  rows: readonly (Row & Readonly<Record<keyof Row, number | undefined>>)[],
  columns: readonly Column<Row>[],
): readonly string[] {
  return columns.map(([, key, digits]) =>
    summarize(
      rows.map((row) => row[key]),
      digits,
    ),
  );
}

function printRow(cells: readonly string[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}
