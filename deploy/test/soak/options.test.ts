import { describe, expect, it } from "vitest";
import { readOptions } from "../../soak/options.ts";

describe("the options of a soak", () => {
  it("has an hour under 150 writes per second, a fault each minute and a backup each five, where nothing is said", () => {
    expect(readOptions([])).toEqual({
      durationMs: 3_600_000,
      seed: 42,
      writesPerSecond: 150,
      faultEveryMs: 60_000,
      backupEveryMs: 300_000,
      output: "soak",
    });
  });

  it("reads durations in seconds, minutes and hours", () => {
    const options = readOptions(["--duration", "2h", "--fault-every", "45s", "--backup-every", "3m"]);
    expect(options).toMatchObject({ durationMs: 7_200_000, faultEveryMs: 45_000, backupEveryMs: 180_000 });
  });

  it.each([
    [["--duration", "60"], "--duration 60: expected a whole number with s, m or h, as in 90s"],
    [["--duration", "1.5h"], "--duration 1.5h: expected a whole number with s, m or h, as in 90s"],
    [["--duration", "30s"], "--duration 30s: expected at least 120s"],
    [["--duration", "999h"], "--duration 999h: expected at most 168h"],
    [["--fault-every", "5s"], "--fault-every 5s: expected at least 10s"],
    [["--backup-every", "0m"], "--backup-every 0m: expected at least 10s"],
    [["--rate", "0"], "--rate 0: expected a whole number from 1 to 2000"],
    [["--rate", "1e3"], "--rate 1e3: expected a whole number from 1 to 2000"],
    [["--seed", "-1"], "Option '--seed' argument is ambiguous."],
    [["--seed=-1"], "--seed -1: expected a whole number from 0 to 4294967295"],
    [["--output", ""], "--output: expected a folder"],
    [["--hours", "3"], "Unknown option '--hours'"],
    [["3h"], "Unexpected argument '3h'"],
  ])("refuses %j", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
