import { type InfoSnapshot, parseInfoPairs } from "../../redis/info.ts";
import type { Labels, Sample } from "../exposition.ts";
import type { RedisObservation } from "../observation.ts";
import { asWritten, type Conversion } from "./conversion.ts";

/** Where a metric's samples come from. */
export interface Source {
  /** The INFO fields that are read, for the reference; empty if it is none. */
  readonly info: string;
  read(observation: RedisObservation): readonly Sample[];
}

/** One INFO field, one sample. */
export function field(name: string, convert: Conversion = asWritten): Source {
  return fromInfo(name, (info) => toSamples(info.get(name), { convert }));
}

/** One key of each INFO line of a kind (`cmdstat_…:calls=3,usec=7`), found by its name, never by its place. */
export function each(kind: LineKind, key: string, convert: Conversion = asWritten): Source {
  return fromInfo(`${kind}: ${key}`, (info) =>
    readLines(info, kind).flatMap(({ labels, pairs }) => toSamples(pairs.get(key), { labels, convert })),
  );
}

/** Samples that are computed from several fields; there are none while Redis does not answer. */
export function fromInfo(description: string, read: (info: InfoSnapshot) => readonly Sample[]): Source {
  return {
    info: description,
    read: (observation) => (observation.up ? read(observation.info) : []),
  };
}

/** The kinds of INFO line that stand once per command, error, database, …, named as the reference shows them. */
type LineKind = keyof typeof lineKinds;

/** One INFO line of the form `name:k=v,k=v`, with the labels that tell it from its kind's others. */
interface InfoLine {
  readonly labels: Labels;
  readonly pairs: ReadonlyMap<string, string>;
}

/** The lines of one kind, in INFO's order. */
export function readLines(info: InfoSnapshot, kind: LineKind): readonly InfoLine[] {
  const { prefix, id, labels } = lineKinds[kind];
  const lines: InfoLine[] = [];
  for (const [name, value] of info) {
    if (!name.startsWith(prefix) || !id.test(name.slice(prefix.length))) continue;
    const pairs = parseInfoPairs(value);
    lines.push({ labels: labels(name.slice(prefix.length), pairs), pairs });
  }
  return lines;
}

// What follows the prefix tells slave0 from slave_priority and db0 from db0_distrib_strings_sizes.
const lineKinds = {
  cmdstat_CMD: { prefix: "cmdstat_", id: /./, labels: (command) => ({ command }) },
  errorstat_ERR: { prefix: "errorstat_", id: /./, labels: (error) => ({ error }) },
  dbN: { prefix: "db", id: /^\d+$/, labels: (number) => ({ db: `db${number}` }) },
  io_thread_N: { prefix: "io_thread_", id: /^\d+$/, labels: (thread) => ({ thread }) },
  slaveN: {
    prefix: "slave",
    id: /^\d+$/,
    // The number is the place in a list that shifts when a replica leaves; the address stays.
    labels: (_place, pairs) => ({ replica_ip: pairs.get("ip") ?? "", replica_port: pairs.get("port") ?? "" }),
  },
} satisfies Record<
  string,
  {
    readonly prefix: string;
    readonly id: RegExp;
    readonly labels: (id: string, pairs: ReadonlyMap<string, string>) => Labels;
  }
>;

function toSamples(
  text: string | undefined,
  { labels = {}, convert }: { readonly labels?: Labels; readonly convert: Conversion },
): readonly Sample[] {
  const value = text === undefined ? undefined : convert(text);
  return value === undefined ? [] : [{ labels, value }];
}
