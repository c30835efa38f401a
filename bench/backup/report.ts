import type { Bounds } from "./bounds.ts";
import type { Measurement } from "./subject.ts";

/** What one subject cost in each run over the same bytes. */
export interface SubjectResult {
  readonly name: string;
  readonly measurements: readonly Measurement[];
}

/** All subjects over the same bytes. */
export interface ResultTable {
  readonly title: string;
  /** Of the files that are backed up, before any compression of ours. */
  readonly sourceBytes: number;
  /** The first one is the manager, with which the others are compared. */
  readonly results: readonly SubjectResult[];
}

type Column = readonly [
  heading: string,
  value: (measurement: Measurement) => number | undefined,
  digits: number,
];

/** A markdown table: median (least–most) of every run. */
export function renderTable({ title, sourceBytes, results }: ResultTable): string {
  const [reference] = results;
  const columns: readonly Column[] = [
    ["MB/s", ({ seconds }) => sourceBytes / 1e6 / seconds, 0],
    ["CPU s per GB", ({ cpuSeconds }) => cpuSeconds / (sourceBytes / 1e9), 2],
    ["peak PSS, MB", ({ memory }) => memory.pssMb, 0],
    ["peak RSS, MB", ({ memory }) => memory.rssMb, 0],
    ["loop p99, ms", ({ eventLoop }) => eventLoop?.p99Ms, 1],
    ["loop max, ms", ({ eventLoop }) => eventLoop?.maxMs, 1],
    ["/healthz p99, ms", ({ health }) => health?.p99Ms, 1],
    ["/healthz max, ms", ({ health }) => health?.maxMs, 1],
    ["with the save, s", ({ totalSeconds }) => totalSeconds, 1],
  ];
  const rows = results.map(({ name, measurements }) => [
    name,
    ...columns.map(([, value, digits]) => summarize(measurements.map(value), digits)),
    ...(reference === undefined ? [] : compare(reference.measurements, measurements)),
  ]);
  const headings = [
    "",
    ...columns.map(([heading]) => heading),
    "manager's speed ÷ its",
    "manager's CPU ÷ its",
  ];
  return [
    `### ${title}`,
    "",
    renderRow(headings),
    renderRow(headings.map(() => "---")),
    ...rows.map(renderRow),
    "",
  ].join("\n");
}

/** One line with what this machine can do at the most. */
export function renderBounds({ sha256, gzip, sink }: Bounds): string {
  const [hashing, compressing, sending] = [sha256, gzip, sink].map((value) => value.toFixed(0));
  return `Bounds of this machine: SHA-256 ${hashing} MB/s (one thread), gzip -1 ${compressing} MB/s (one thread), plain puts to the store ${sending} MB/s.\n`;
}

function compare(reference: readonly Measurement[], other: readonly Measurement[]): readonly string[] {
  const ratio = (value: (measurement: Measurement) => number) =>
    median(reference.map(value)) / median(other.map(value));
  return [
    `${(1 / ratio(({ seconds }) => seconds)).toFixed(2)} ×`,
    `${ratio(({ cpuSeconds }) => cpuSeconds).toFixed(2)} ×`,
  ];
}

/** Median (least–most); a dash where nothing was measured. */
export function summarize(values: readonly (number | undefined)[], digits: number): string {
  const known = values.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  const [least] = known;
  const most = known.at(-1);
  if (least === undefined || most === undefined) return "–";
  return `${median(known).toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`;
}

/** Of two in the middle their mean; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

function renderRow(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
