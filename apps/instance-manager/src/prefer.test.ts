import { describe, expect, it } from "vitest";
import { prefers } from "./prefer.ts";

describe("prefers", () => {
  it.each([
    "respond-async",
    "Respond-ASYNC",
    " respond-async ",
    "wait=10, respond-async",
    "respond-async,wait=10",
    'return=minimal; foo="a, b", respond-async; bar',
    "respond-async; quality=1",
    "respond-async=",
    'respond-async=""',
    'respond-async = ""',
    ",, respond-async",
  ])("finds respond-async in %j", (header) => {
    expect(prefers(header, { preference: "respond-async" })).toBe(true);
  });

  it.each([
    undefined,
    "",
    "respond-asynchronously",
    "respond async",
    "no-respond-async",
    "respond-async=no",
    'respond-async="no"',
    'foo="x, respond-async"',
    'foo="\\", respond-async, \\""',
    "foo; respond-async",
    "wait=respond-async",
  ])("doesn't find it in %j", (header) => {
    expect(prefers(header, { preference: "respond-async" })).toBe(false);
  });
});
