import type { InfoSnapshot } from "../../redis/info.ts";
import { writeLabel } from "../exposition.ts";

/** One INFO line of the form `name:k=v,k=v` that stands once per command, error, database, …. */
export interface InfoLine {
  /** What its name tells it by: `get` of `cmdstat_get`, `0` of `db0`. */
  readonly id: string;
  readonly value: string;
}

/** The kinds of such lines, named as the reference shows them. */
export type LineKind = keyof typeof lineKinds;

/** The lines of every kind, in INFO's order. */
export type InfoLines = Readonly<Record<LineKind, readonly InfoLine[]>>;

/** The lines of a kind, and the labels that tell their series apart. */
export interface LineSeries {
  readonly kind: LineKind;
  readonly labelNames: readonly string[];
  readonly labels: (line: InfoLine) => string;
}

// What follows the prefix tells slave0 from slave_priority and db0 from db0_distrib_strings_sizes.
const lineKinds = {
  cmdstat_CMD: { prefix: "cmdstat_", id: /./ },
  errorstat_ERR: { prefix: "errorstat_", id: /./ },
  latency_percentiles_usec_CMD: { prefix: "latency_percentiles_usec_", id: /./ },
  dbN: { prefix: "db", id: /^\d+$/ },
  slaveN: { prefix: "slave", id: /^\d+$/ },
  io_thread_N: { prefix: "io_thread_", id: /^\d+$/ },
  engine_N: { prefix: "engine_", id: /^\d+$/ },
} as const;

/** Sorts out the lines that stand once per command, error, database, …. */
export function sortLines(info: InfoSnapshot): InfoLines {
  const lines: Record<LineKind, InfoLine[]> = {
    cmdstat_CMD: [],
    errorstat_ERR: [],
    latency_percentiles_usec_CMD: [],
    dbN: [],
    slaveN: [],
    io_thread_N: [],
    engine_N: [],
  };
  for (const [name, value] of info) {
    if (!value.includes("=")) continue;
    const kind = kindOf(name);
    if (kind !== undefined) lines[kind].push({ id: name.slice(lineKinds[kind].prefix.length), value });
  }
  return { ...lines, slaveN: lines.slaveN.filter(isLatestOfItsReplica) };
}

/** One value of a line, by its key: servers add keys in any place. */
export function pairOf(line: InfoLine, key: string): string | undefined {
  const { value } = line;
  for (let at = value.indexOf(key); at !== -1; at = value.indexOf(key, at + 1)) {
    const end = at + key.length;
    // `calls` is the end of `rejected_calls` too.
    if (value[end] !== "=" || (at > 0 && value[at - 1] !== ",")) continue;
    const comma = value.indexOf(",", end);
    return value.slice(end + 1, comma === -1 ? undefined : comma);
  }
  return undefined;
}

/** Labels the series of a kind by what the lines' names tell. */
export function labelledById(kind: LineKind, label: string, writeId = (id: string) => id): LineSeries {
  return { kind, labelNames: [label], labels: ({ id }) => writeLabel(label, writeId(id)) };
}

/** Labels the series of a kind by values of the lines: labels by key. */
export function labelledByPairs(kind: LineKind, labelByKey: Readonly<Record<string, string>>): LineSeries {
  const entries = Object.entries(labelByKey);
  return {
    kind,
    labelNames: Object.values(labelByKey),
    labels: (line) =>
      entries.reduce((labels, [key, label]) => labels + writeLabel(label, pairOf(line, key) ?? ""), ""),
  };
}

function kindOf(name: string): LineKind | undefined {
  for (const kind of kinds) {
    const { prefix, id } = lineKinds[kind];
    if (name.startsWith(prefix)) return id.test(name.slice(prefix.length)) ? kind : undefined;
  }
  return undefined;
}

const kinds = [
  "cmdstat_CMD",
  "latency_percentiles_usec_CMD",
  "errorstat_ERR",
  "dbN",
  "slaveN",
  "io_thread_N",
  "engine_N",
] as const satisfies readonly LineKind[];

// A replica that reconnects is listed a second time, last, until its old connection times out; Prometheus refuses a series that
// stands twice.
function isLatestOfItsReplica(line: InfoLine, place: number, lines: readonly InfoLine[]): boolean {
  const address = (one: InfoLine) => `${pairOf(one, "ip")} ${pairOf(one, "port")}`;
  return !lines.slice(place + 1).some((later) => address(later) === address(line));
}
