import { describe, expect, it } from "vitest";
import type { Probe, Write } from "./agents/messages.ts";
import { countAlarms, lastAccepted, longestPause, readLatencies, timeTo503 } from "./figures.ts";

const probe = (sentAt: number, status: number | undefined, text = ""): Probe => ({
  target: "host",
  sentAt,
  latencyMs: 5,
  status,
  text,
});
const write = (endedAt: number, outcome: Write["outcome"]): Write => ({
  key: `key:${endedAt}`,
  host: "127.0.0.1",
  sentAt: endedAt - 1,
  endedAt,
  outcome,
});

describe("the figures of a scenario", () => {
  it("take the first 503 that was asked for after the fault, when it was answered", () => {
    expect(timeTo503([probe(90, 503), probe(110, 200), probe(130, 503), probe(140, 503)], 100)).toBe(35);
    expect(timeTo503([probe(90, 503), probe(110, 200)], 100)).toBeUndefined();
  });

  it("take the last acknowledgement between fault and heal", () => {
    const writes = [write(90, "acknowledged"), write(150, "acknowledged"), write(160, "refused")];
    expect(lastAccepted([...writes, write(300, "acknowledged")], { since: 100, until: 200 })).toBe(50);
    expect(lastAccepted(writes.slice(0, 1), { since: 100, until: 200 })).toBe(0);
  });

  it("count each alarm once, however many probes see it, and one at the beginning too", () => {
    const alarms = [503, 503, 200, 503, undefined, 200].map((status, at) => probe(at, status));
    expect(countAlarms(alarms)).toBe(2);
  });

  it("know a pause only between two acknowledgements", () => {
    const writes = [write(100, "acknowledged"), write(150, "unknown"), write(180, "acknowledged")];
    expect(longestPause(writes)).toBe(80);
    expect(longestPause([])).toBe(0);
  });

  it("leave out what was asked while there was no manager, keep what timed out, and tell the control apart", () => {
    const probes = [
      { ...probe(1, undefined, "connect ECONNREFUSED"), latencyMs: 900 },
      { ...probe(2, undefined, "TimeoutError"), latencyMs: 700 },
      probe(3, 200),
      { ...probe(4, 200), target: "control" as const, latencyMs: 3 },
    ];
    expect(readLatencies(probes)).toEqual({ healthzP99Ms: 700, healthzMaxMs: 700, controlP99Ms: 3 });
  });
});
