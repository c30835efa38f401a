import { describe, expect, it } from "vitest";
import { parseProcessStat } from "./proc-table.ts";

function statLine({ pid = 12, name = "redis-server", state = "S", startTime = "4711" }) {
  const before = Array.from({ length: 18 }, (_, index) => index).join(" ");
  return `${pid} (${name}) ${state} ${before} ${startTime} 22 23 24\n`;
}

describe("parseProcessStat", () => {
  it("reads pid, name and the start time in field 22", () => {
    expect(parseProcessStat(statLine({}))).toEqual({ pid: 12, name: "redis-server", startTime: "4711" });
  });

  it.each(["a b", "redis) S (x", "(redis)", ""])("reads the name %j", (name) => {
    expect(parseProcessStat(statLine({ name }))).toMatchObject({ name, startTime: "4711" });
  });

  it.each(["Z", "X"])("takes the state %s for dead", (state) => {
    expect(parseProcessStat(statLine({ state }))).toBeUndefined();
  });

  it.each(["R", "S", "D", "T", "t", "I"])("takes the state %s for alive", (state) => {
    expect(parseProcessStat(statLine({ state }))).toBeDefined();
  });

  it.each(["", "12", "12 (redis", "12 (redis) S 1 2 3"])("refuses %j", (text) => {
    expect(parseProcessStat(text)).toBeUndefined();
  });
});
