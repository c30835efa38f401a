import type { InfoSnapshot } from "../../redis/info.ts";
import type { RedisObservation } from "../observation.ts";
import { asWritten, type Conversion } from "./conversion.ts";
import { type InfoLines, type LineSeries, pairOf, sortLines } from "./lines.ts";

/** Where a metric's series come from. */
export interface Source {
  /** The INFO fields that are read, lines of pairs as `cmdstat_CMD: calls`; or the command, if it is another. */
  readonly reads: readonly string[];
  /** The series' own labels, in order. */
  readonly labelNames: readonly string[];
  readonly collect: (reading: Reading, emit: Emit) => void;
}

/** One observation, taken apart once for all sources. */
export interface Reading {
  readonly observation: RedisObservation;
  /** Empty while Redis does not answer. */
  readonly info: InfoSnapshot;
  readonly lines: InfoLines;
}

/**
 * Takes one series: its number as text, so that 64-bit values stay exact; its own labels as {@link writeLabel} writes them; of
 * a histogram, which part it is.
 */
export type Emit = (value: string, labels?: string, suffix?: "_bucket" | "_sum" | "_count") => void;

/** Takes an observation apart. */
export function takeApart(observation: RedisObservation): Reading {
  const info: InfoSnapshot = observation.up ? observation.info : new Map();
  return { observation, info, lines: sortLines(info) };
}

/** One INFO field, one series. */
export function field(name: string, convert: Conversion = asWritten): Source {
  return {
    reads: [name],
    labelNames: [],
    collect({ info }, emit) {
      const text = info.get(name);
      const value = text === undefined ? undefined : convert(text);
      if (value !== undefined) emit(value);
    },
  };
}

/** One key of each INFO line of a kind, found by its name, never by its place. */
export function each(
  { kind, labelNames, labels }: LineSeries,
  key: string,
  convert: Conversion = asWritten,
): Source {
  return {
    reads: [`${kind}: ${key}`],
    labelNames,
    collect({ lines }, emit) {
      for (const line of lines[kind]) {
        const text = pairOf(line, key);
        const value = text === undefined ? undefined : convert(text);
        if (value !== undefined) emit(value, labels(line));
      }
    },
  };
}

/** What one server calls so and another otherwise; none reports both. */
export function either(one: Source, other: Source): Source {
  return {
    reads: [...one.reads, ...other.reads],
    labelNames: one.labelNames,
    collect(reading, emit) {
      one.collect(reading, emit);
      other.collect(reading, emit);
    },
  };
}
