import { parseArgs } from "node:util";
import * as z from "zod";

/** What a soak does, and for how long. */
export const soakOptionsSchema = z.object({
  durationMs: z.number(),
  /** Repeats the order of the faults, their victims and how long each lasts. */
  seed: z.number(),
  writesPerSecond: z.number(),
  /** From the begin of a fault to that of the next; longer where recovering takes longer. */
  faultEveryMs: z.number(),
  backupEveryMs: z.number(),
  /** Folder of the report. */
  output: z.string(),
});
/** See {@link soakOptionsSchema}. */
export type SoakOptions = z.infer<typeof soakOptionsSchema>;

/** What `--help` tells, and a wrong option. */
export const usage = `usage: npm run soak -- [options]
  --duration 1h         how long, at least 2m
  --seed 42             a whole number: repeats the order of the faults, their victims and how long they last
  --rate 150            writes per second, 1 to 2000
  --fault-every 60s     from one fault to the next, at least 10s
  --backup-every 5m     from one backup to the next, at least 10s
  --output soak         folder for the report, the plots and the samples; made if it isn't there
Durations have a unit: 90s, 5m, 1h.`;

const units = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
const longestMs = 168 * units.h;

/** Reads the command line. @throws Error that names what doesn't fit. */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      duration: { type: "string", default: "1h" },
      seed: { type: "string", default: "42" },
      rate: { type: "string", default: "150" },
      "fault-every": { type: "string", default: "60s" },
      "backup-every": { type: "string", default: "5m" },
      output: { type: "string", default: "soak" },
    },
  });
  if (values.output === "") throw new Error("--output: expected a folder");
  return {
    durationMs: parseDuration("duration", values.duration, 2 * units.m),
    seed: parseInteger("seed", values.seed, { least: 0, most: 2 ** 32 - 1 }),
    writesPerSecond: parseInteger("rate", values.rate, { least: 1, most: 2_000 }),
    faultEveryMs: parseDuration("fault-every", values["fault-every"], 10 * units.s),
    backupEveryMs: parseDuration("backup-every", values["backup-every"], 10 * units.s),
    output: values.output,
  };
}

function parseDuration(name: string, text: string, leastMs: number): number {
  const [, number, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  if (unit !== "s" && unit !== "m" && unit !== "h") {
    throw new Error(`--${name} ${text}: expected a whole number with s, m or h, as in 90s`);
  }
  const durationMs = Number(number) * units[unit];
  if (durationMs < leastMs) throw new Error(`--${name} ${text}: expected at least ${leastMs / units.s}s`);
  if (durationMs > longestMs) throw new Error(`--${name} ${text}: expected at most ${longestMs / units.h}h`);
  return durationMs;
}

function parseInteger(
  name: string,
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most) {
    throw new Error(`--${name} ${text}: expected a whole number from ${least} to ${most}`);
  }
  return number;
}
