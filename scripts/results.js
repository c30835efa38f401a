// Adds up what the test runner recorded in every package and ends with one line: N passed, N failed.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const results = ["packages", "apps", "examples"]
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .concat("deploy", "scripts")
  .flatMap((workspace) => readResults(join(root, workspace, ".vitest")));
const passed = sum(results.map(({ numPassedTests }) => numPassedTests));
// A file that could not be loaded ran no test of its own, yet it failed.
const failed = sum(
  results.map(({ numFailedTests, testResults }) => numFailedTests + countUnloaded(testResults)),
);
const skipped = sum(results.map(({ numPendingTests }) => numPendingTests));

console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function readResults(folder) {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

function countUnloaded(testResults) {
  return testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  ).length;
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
