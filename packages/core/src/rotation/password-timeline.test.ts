import { describe, expect, it } from "vitest";
import {
  chooseMasterauth,
  enterPassword,
  type PasswordTimeline,
  planPasswords,
} from "./password-timeline.ts";

function timelineOf(...entries: readonly (readonly [password: string, sinceMs: number])[]): PasswordTimeline {
  return entries.reduce<PasswordTimeline>(
    (timeline, [password, sinceMs]) => enterPassword(timeline, { password, sinceMs }),
    [],
  );
}

describe("planPasswords", () => {
  const graceMs = 100;
  it.each([
    ["one password", timelineOf(["a", 0]), 1_000, { current: "a", retiring: [], retired: [] }],
    [
      "the moment of a rotation",
      timelineOf(["a", 0], ["b", 50]),
      50,
      { current: "b", retiring: ["a"], retired: [] },
    ],
    [
      "the end of its grace",
      timelineOf(["a", 0], ["b", 50]),
      149,
      { current: "b", retiring: ["a"], retired: [] },
    ],
    ["after its grace", timelineOf(["a", 0], ["b", 50]), 150, { current: "b", retiring: [], retired: ["a"] }],
    [
      "two rotations within a grace",
      timelineOf(["a", 0], ["b", 50], ["c", 100]),
      149,
      { current: "c", retiring: ["b", "a"], retired: [] },
    ],
    [
      "two rotations, the first one's grace over",
      timelineOf(["a", 0], ["b", 50], ["c", 100]),
      150,
      { current: "c", retiring: ["b"], retired: ["a"] },
    ],
    [
      "a way back",
      timelineOf(["a", 0], ["b", 50], ["a", 60]),
      60,
      { current: "a", retiring: ["b"], retired: [] },
    ],
    [
      "a way back after the grace",
      timelineOf(["a", 0], ["b", 50], ["a", 60]),
      160,
      { current: "a", retiring: [], retired: ["b"] },
    ],
    [
      "a password that came twice and counts once more",
      timelineOf(["a", 0], ["b", 50], ["a", 200], ["c", 210]),
      220,
      { current: "c", retiring: ["a", "b"], retired: [] },
    ],
  ])("decides on %s", (_, timeline, nowMs, plan) => {
    expect(planPasswords(timeline, { nowMs, graceMs })).toEqual(plan);
  });

  it("knows no second password without a grace", () => {
    const plan = planPasswords(timelineOf(["a", 0], ["b", 50]), { nowMs: 50, graceMs: 0 });
    expect(plan).toEqual({ current: "b", retiring: [], retired: ["a"] });
  });
});

describe("enterPassword", () => {
  it("changes nothing for the password that is there", () => {
    const timeline = timelineOf(["a", 0], ["b", 50]);
    expect(enterPassword(timeline, { password: "b", sinceMs: 60 })).toBe(timeline);
  });
});

describe("chooseMasterauth", () => {
  const plan = { current: "c", retiring: ["b", "a"], retired: [] };
  it.each([
    ["stays with what works", "b", false, "b"],
    ["goes on to the next when it is refused", "c", true, "b"],
    ["begins again after the oldest", "a", true, "c"],
    ["leaves what counts no more", "gone", false, "c"],
  ])("%s", (_, chosen, isRefused, expected) => {
    expect(chooseMasterauth(plan, { chosen, isRefused })).toBe(expected);
  });

  it("stays with the only one", () => {
    const settled = { current: "c", retiring: [], retired: ["b"] };
    expect(chooseMasterauth(settled, { chosen: "c", isRefused: true })).toBe("c");
  });
});
