import { describe, expect, it } from "vitest";
import { compareKeyCounts, countDatabases } from "./key-counts.ts";

describe("compareKeyCounts", () => {
  it.each([
    ["the same", { db0: 5 }, { db0: 5 }, { db0: 5 }, []],
    ["nothing in an empty backup", {}, {}, {}, []],
    ["a number between two that rose", { db0: 7 }, { db0: 5 }, { db0: 9 }, []],
    ["a number between two that fell", { db0: 7 }, { db0: 9 }, { db0: 5 }, []],
    ["a database that appeared", { db0: 5, db2: 3 }, { db0: 5 }, { db0: 5, db2: 4 }, []],
    ["a database that was flushed", { db0: 5 }, { db0: 5, db2: 4 }, { db0: 5 }, []],
  ])("passes %s", (_what, found, keyCounts, keyCountsAfter, mismatches) => {
    expect(compareKeyCounts(found, { keyCounts, keyCountsAfter })).toEqual(mismatches);
  });

  it.each([
    ["too few", { db0: 4 }, { database: "db0", expected: { least: 5, most: 9 }, found: 4 }],
    ["too many", { db0: 10 }, { database: "db0", expected: { least: 5, most: 9 }, found: 10 }],
    ["none", {}, { database: "db0", expected: { least: 5, most: 9 }, found: 0 }],
    ["another database", { db0: 5, db1: 1 }, { database: "db1", expected: { least: 0, most: 0 }, found: 1 }],
  ])("tells of %s", (_what, found, mismatch) => {
    expect(compareKeyCounts(found, { keyCounts: { db0: 5 }, keyCountsAfter: { db0: 9 } })).toEqual([
      mismatch,
    ]);
  });

  it("lists databases by their numbers", () => {
    const counts = { keyCounts: { db10: 1, db9: 1 }, keyCountsAfter: { db10: 1, db9: 1 } };
    expect(compareKeyCounts({}, counts).map(({ database }) => database)).toEqual(["db9", "db10"]);
  });
});

describe("countDatabases", () => {
  it.each([
    [{}, {}, 16],
    [{ db15: 1 }, {}, 16],
    [{ db16: 1 }, { db0: 1 }, 17],
    [{}, { db99: 1 }, 100],
  ])("of %j before and %j after: %i", (keyCounts, keyCountsAfter, databases) => {
    expect(countDatabases({ keyCounts, keyCountsAfter })).toBe(databases);
  });
});
