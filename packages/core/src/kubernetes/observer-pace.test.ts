import { describe, expect, it } from "vitest";
import { type ObserverPace, retryPauseMs, spread } from "./observer-pace.ts";

const pace: ObserverPace = {
  requestTimeoutMs: 5_000,
  watchMs: 600_000,
  silenceMs: 150_000,
  pollMs: 30_000,
  watchAgainMs: 600_000,
  firstRetryMs: 1_000,
  longestRetryMs: 30_000,
};

describe("retryPauseMs", () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [5, 16_000],
    [6, 30_000],
    [1_000_000, 30_000],
  ])("after %i failures is at most %i ms, and at least half of that", (failures, longestMs) => {
    expect(retryPauseMs(pace, { failures, random: 1 })).toBe(longestMs);
    expect(retryPauseMs(pace, { failures, random: 0 })).toBe(longestMs / 2);
  });

  it.each([
    [60_000, 0, 60_000],
    [60_000, 1, 66_000],
    [3_600_000, 0, 300_000],
    [1, 1, 1_000],
  ])("is not shorter than Retry-After asks for: %i ms, by chance %i", (retryAfterMs, random, pauseMs) => {
    expect(retryPauseMs(pace, { failures: 1, retryAfterMs, random })).toBeCloseTo(pauseMs);
  });
});

describe("spread", () => {
  it("is up to a tenth shorter or longer", () => {
    expect([spread(1_000, 0), spread(1_000, 0.5), spread(1_000, 1)]).toEqual([900, 1_000, 1_100]);
  });
});
