import { readFile } from "node:fs/promises";
import { idleRequestsPerHour, pollRequestsPerHour } from "@redis-operator/core/kubernetes";
import { expect, it } from "vitest";
import { observerPace, readConfig } from "../src/config.ts";

const { checkIntervalMs, headStartMs } = readConfig({}).isolation.pace;

it.each([
  ["a bookmark each minute", idleRequestsPerHour(observerPace, { bookmarks: true })],
  ["without bookmarks", idleRequestsPerHour(observerPace, { bookmarks: false })],
  ["watching refused", pollRequestsPerHour(observerPace)],
  ["a primary without one", Math.ceil(3_600_000 / ((checkIntervalMs - headStartMs) * 0.9))],
])("docs/operations.md says what one pod and 10,000 ask of the API server: %s", async (what, perHour) => {
  const text = await readFile(new URL("../../../docs/operations.md", import.meta.url), "utf8");
  const row = text.split("\n").find((line) => line.startsWith("|") && line.includes(what)) ?? "";
  const cells = row.split("|").map((cell) => cell.trim());
  expect(cells.slice(2, 4)).toEqual([String(perHour), String(Math.ceil((perHour * 10_000) / 3_600))]);
});
