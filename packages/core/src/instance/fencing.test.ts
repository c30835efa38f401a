import { expect, it } from "vitest";
import { isFencedIn } from "./fencing.ts";

it.each([
  ["nothing was ever read", undefined, "cache-0", false],
  ["nobody is named", [], "cache-0", false],
  ["it is named", ["cache-1", "cache-0"], "cache-0", true],
  ["another is named", ["cache-1", "cache-00"], "cache-0", false],
  ["all are named", ["*"], "cache-0", true],
  ["all are named and it has no name", ["*"], "", true],
  ["an empty name is named and it has none", [""], "", false],
])("is decided where %s", (_, fencedPods, podName, expected) => {
  const isolation = { enabled: undefined, apiServerTimeoutMs: undefined, peerTimeoutMs: undefined };
  const state = { primary: undefined, fencedPods, directives: {}, isolation, pods: [] };
  expect(isFencedIn({ state }, podName)).toBe(expected);
});

it("is decided where the cluster is not known", () => {
  expect(isFencedIn(undefined, "cache-0")).toBe(false);
});
