import { describe, expect, it } from "vitest";
import { emptyMemory, remember } from "./memory.ts";
import { failing, primary, replica } from "../../test/observations.ts";

const silent = { currentPrimary: "cache-0", observations: [failing("cache-0"), replica("cache-1")] };

describe("remember", () => {
  it("counts the polls of a silence, from its begin on", () => {
    const first = remember(emptyMemory, { ...silent, nowMs: 100 });
    const second = remember(first, { ...silent, nowMs: 200 });
    expect(second.absence).toEqual({ name: "cache-0", polls: 2, sinceMs: 100 });
  });

  it("forgets a silence after one answer as a primary", () => {
    const before = remember(emptyMemory, { ...silent, nowMs: 100 });
    const round = { currentPrimary: "cache-0", observations: [primary("cache-0")], nowMs: 200 };
    expect(remember(before, round).absence).toBeUndefined();
  });

  it("counts anew once another is named", () => {
    const before = remember(emptyMemory, { ...silent, nowMs: 100 });
    const after = remember(before, {
      currentPrimary: "cache-1",
      observations: [failing("cache-1")],
      nowMs: 200,
    });
    expect(after.absence).toEqual({ name: "cache-1", polls: 1, sinceMs: 200 });
  });

  it("knows a replica by its last answer, and the named primary never as one", () => {
    const before = remember(emptyMemory, { ...silent, nowMs: 100 });
    const later = {
      currentPrimary: "cache-0",
      observations: [replica("cache-0"), failing("cache-1")],
      nowMs: 200,
    };
    expect([...remember(before, later).replicas]).toEqual(["cache-1"]);
    const promoted = { currentPrimary: "cache-0", observations: [primary("cache-1")], nowMs: 300 };
    expect([...remember(before, promoted).replicas]).toEqual([]);
  });
});
