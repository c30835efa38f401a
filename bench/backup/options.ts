import { parseArgs } from "node:util";
import type { ValueKind } from "./fill.ts";
import { type Transport, transports } from "./sink-store.ts";

/** What is measured. */
export interface BenchOptions {
  /** In ascending order. */
  readonly sizes: readonly { readonly name: string; readonly bytes: number }[];
  readonly methods: readonly ("rdb" | "aof")[];
  readonly transports: readonly Transport[];
  readonly values: ValueKind;
  readonly runs: number;
}

/** Reads the command line. @throws Error that names what doesn't fit. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    // pnpm passes the "--" on that kept it from reading the options itself.
    args: args.filter((arg) => arg !== "--"),
    options: {
      sizes: { type: "string", default: "100MB,1GB,4GB" },
      methods: { type: "string", default: "rdb,aof" },
      transports: { type: "string", default: "http,https" },
      values: { type: "string", default: "mixed" },
      runs: { type: "string", default: "3" },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs ${values.runs}: expected a number from 1 on`);
  return {
    sizes: values.sizes
      .split(",")
      .map((name) => ({ name, bytes: parseSize(name) }))
      .toSorted((a, b) => a.bytes - b.bytes),
    methods: parseList("methods", values.methods, ["rdb", "aof"] as const),
    transports: parseList("transports", values.transports, transports),
    values: parseOne("values", values.values, ["mixed", "random"] as const),
    runs,
  };
}

function parseSize(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(MB|GB)$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`--sizes ${text}: expected a number with MB or GB`);
  return Number(number) * (unit === "GB" ? 1e9 : 1e6);
}

function parseList<Value extends string>(
  name: string,
  text: string,
  allowed: readonly Value[],
): readonly Value[] {
  return text.split(",").map((item) => parseOne(name, item, allowed));
}

function parseOne<Value extends string>(name: string, text: string, allowed: readonly Value[]): Value {
  const value = allowed.find((candidate) => candidate === text);
  if (value === undefined) throw new Error(`--${name} ${text}: expected ${allowed.join(" or ")}`);
  return value;
}
