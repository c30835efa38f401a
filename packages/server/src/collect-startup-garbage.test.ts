import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { collectStartupGarbage } from "./collect-startup-garbage.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("collects once, after the start, down to the last page", () => {
  const gc = vi.fn();
  vi.stubGlobal("gc", gc);
  collectStartupGarbage();
  expect(gc).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60_000);
  expect(gc.mock.calls).toEqual([[{ type: "major", flavor: "last-resort" }]]);
});

it("leaves V8 to itself where Node doesn't expose the collection", () => {
  vi.stubGlobal("gc", undefined);
  collectStartupGarbage();
  expect(vi.getTimerCount()).toBe(0);
});
