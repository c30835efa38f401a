import { describe, expect, it } from "vitest";
import { type DatedBackup, decideRetention, type RetentionPolicy } from "./retention.ts";

const dayMs = 86_400_000;
const now = Date.parse("2026-11-22T12:00:00.000Z");

/** A backup of so many days ago; negative: of the future. */
function backupOf(days: number, objectKey = `b${days}.rdb`): DatedBackup {
  return { objectKey, startedAt: new Date(now - days * dayMs).toISOString() };
}

type Decided = readonly { readonly backup: DatedBackup; readonly reason: string }[];

function keysOf(decided: Decided): readonly string[] {
  return decided.map(({ backup }) => backup.objectKey);
}

/** The decision on backups of so many days ago, each as its days and the reason. */
function decide(days: readonly number[], policy: RetentionPolicy) {
  const backups = days.map((age) => backupOf(age));
  const { kept, deleted } = decideRetention(backups, { ...policy, now });
  return { kept: kept.map(toPair), deleted: deleted.map(toPair) };
}

function toPair({ backup, reason }: Decided[number]): string {
  return `${backup.objectKey.slice(1, -4)} ${reason}`;
}

describe("decideRetention", () => {
  it.each<[string, readonly number[], RetentionPolicy, { kept: string[]; deleted: string[] }]>([
    ["nothing where nothing is", [], { keepLast: 1 }, { kept: [], deleted: [] }],
    ["the newest, however old", [400], { keepForMs: dayMs }, { kept: ["400 newest"], deleted: [] }],
    [
      "the newest, though no rule keeps anything",
      [1, 2],
      { keepLast: 0 },
      { kept: ["1 newest"], deleted: ["2 beyond-keep-last"] },
    ],
    [
      "the last two, in whatever order they were listed",
      [2, 3, 1],
      { keepLast: 2 },
      { kept: ["1 newest", "2 within-keep-last"], deleted: ["3 beyond-keep-last"] },
    ],
    [
      "those of the last two days, the bound included",
      [1, 2, 2.001, 3],
      { keepForMs: 2 * dayMs },
      {
        kept: ["1 newest", "2 within-keep-for"],
        deleted: ["2.001 older-than-keep-for", "3 older-than-keep-for"],
      },
    ],
    [
      "what either rule keeps: more by age",
      [1, 2, 3, 4],
      { keepLast: 2, keepForMs: 3 * dayMs },
      { kept: ["1 newest", "2 within-keep-last", "3 within-keep-for"], deleted: ["4 beyond-both"] },
    ],
    [
      "what either rule keeps: more by number",
      [1, 20, 30, 40],
      { keepLast: 3, keepForMs: 2 * dayMs },
      { kept: ["1 newest", "20 within-keep-last", "30 within-keep-last"], deleted: ["40 beyond-both"] },
    ],
    [
      "what was begun in the future, by a clock that was wrong",
      [-2, -1, 5],
      { keepForMs: dayMs },
      { kept: ["-2 newest", "-1 within-keep-for"], deleted: ["5 older-than-keep-for"] },
    ],
    [
      "all where there are fewer than are to be kept",
      [1, 2],
      { keepLast: 7 },
      { kept: ["1 newest", "2 within-keep-last"], deleted: [] },
    ],
  ])("keeps %s", (_, days, policy, decision) => {
    expect(decide(days, policy)).toEqual(decision);
  });

  it("decides the same in whatever order backups of one moment were listed", () => {
    const backups = ["a.rdb", "b.rdb", "c.aof.tar.gz"].map((key) => backupOf(1, key));
    const policy = { keepLast: 2, now };
    expect(decideRetention(backups.toReversed(), policy)).toEqual(decideRetention(backups, policy));
  });
});

describe("decideRetention, whatever there is and whatever is asked", () => {
  const policies: readonly RetentionPolicy[] = [undefined, 0, 1, 2, 5, 100].flatMap((keepLast) =>
    [undefined, 0, 1, 3 * dayMs, 1_000 * dayMs].map((keepForMs) => ({ keepLast, keepForMs })),
  );
  // Every set of up to eight ages, some of them equal and one in the future.
  const ages = [-1, 0, 1, 1, 2, 3, 4, 900];
  const sets = Array.from({ length: 2 ** ages.length }, (_, bits) =>
    ages.flatMap((age, index) => ((bits >> index) & 1 ? [backupOf(age, `${index}-${age}.rdb`)] : [])),
  );

  it.each(policies)("keeps the newest, loses none, and keeps the union of both rules: %j", (policy) => {
    for (const backups of sets) {
      const { kept, deleted } = decideRetention(backups, { ...policy, now });
      expect([...keysOf(kept), ...keysOf(deleted)].toSorted()).toEqual(
        backups.map(({ objectKey }) => objectKey).toSorted(),
      );
      expect(kept.length > 0).toBe(backups.length > 0);

      const oldestFirst = backups.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
      expect(kept[0]?.backup.startedAt).toBe(oldestFirst.at(-1)?.startedAt);
      const byNumber = decideRetention(backups, { keepLast: policy.keepLast, now });
      const byAge = decideRetention(backups, { keepForMs: policy.keepForMs, now });
      expect(new Set(keysOf(kept))).toEqual(new Set([...keysOf(byNumber.kept), ...keysOf(byAge.kept)]));
      expect(kept.length).toBeGreaterThanOrEqual(Math.min(policy.keepLast ?? 0, backups.length));
      for (const { backup } of deleted) {
        expect(now - Date.parse(backup.startedAt)).toBeGreaterThan(policy.keepForMs ?? -Infinity);
      }
    }
  });
});
