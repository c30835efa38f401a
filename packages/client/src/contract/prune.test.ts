import { describe, expect, it } from "vitest";
import { describeIssues } from "./issues.ts";
import { pruneRequestSchema } from "./prune.ts";

const destination = { s3: { bucket: "b", path: "/redis/" } };
const parsedDestination = { s3: { bucket: "b", path: "redis", region: "us-east-1" } };

function issuesOf(request: unknown): string | undefined {
  const { error } = pruneRequestSchema.safeParse(request);
  return error && describeIssues(error);
}

describe("pruneRequestSchema", () => {
  it.each([
    [{ keepLast: 7 }, { keepLast: 7, dryRun: true }],
    [{ keepFor: "30d" }, { keepForMs: 2_592_000_000, dryRun: true }],
    [
      { keepLast: 1, keepFor: "24h0m0s", dryRun: false },
      { keepLast: 1, keepForMs: 86_400_000, dryRun: false },
    ],
  ])("reads %j, dry unless told otherwise", (rules, parsed) => {
    expect(pruneRequestSchema.parse({ destination, ...rules })).toStrictEqual({
      destination: parsedDestination,
      ...parsed,
    });
  });

  it.each([{}, { dryRun: false }])("refuses to keep by no rule at all: %j", (rules) => {
    expect(issuesOf({ destination, ...rules })).toBe("keepLast or keepFor is required");
  });

  it.each([
    ["keepLast", { keepLast: 0 }],
    ["keepLast", { keepLast: -1 }],
    ["keepLast", { keepLast: 1.5 }],
    ["keepLast", { keepLast: "7" }],
    ["keepLast", { keepLast: null, keepFor: "1d" }],
    ["keepFor", { keepFor: "" }],
    ["keepFor", { keepFor: "0s" }],
    ["keepFor", { keepFor: "30" }],
    ["keepFor", { keepFor: 30 }],
    ["keepFor", { keepFor: "forever", keepLast: 1 }],
    ["dryRun", { keepLast: 1, dryRun: "false" }],
    ["dryRun", { keepLast: 1, dryRun: null }],
    ["destination", { keepLast: 1, destination: undefined }],
    ["destination.s3.bucket", { keepLast: 1, destination: { s3: {} } }],
  ])("names %s when it is wrong: %j", (field, fields) => {
    expect(issuesOf({ destination, ...fields })).toMatch(new RegExp(`^${field.replaceAll(".", "\\.")}: `));
  });
});
