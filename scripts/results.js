// Adds up what the test runner recorded in every package, says once more what failed, and ends with one line:
// N passed, N failed. A log is often cut to its end, where the failure itself no longer stands.
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Lines of a failure's message that are repeated: the assertion and where it stands. */
const repeatedLines = 12;

const results = ["packages", "apps", "examples"]
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .concat("deploy", "scripts")
  .flatMap((workspace) => readResults(join(root, workspace, ".vitest")));
const failures = results.flatMap(({ testResults }) => testResults.flatMap(listFailures));
const passed = sum(results.map(({ numPassedTests }) => numPassedTests));
const skipped = sum(results.map(({ numPendingTests }) => numPendingTests));

for (const failure of failures) console.log(`\n${failure}`);
console.log(`${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failures.length > 0 || passed === 0 ? 1 : 0;

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

/** Every test of a file that failed; or the file, where a hook failed or the file can't be loaded. */
function listFailures({ name, status, message, assertionResults }) {
  const file = relative(root, name);
  const failed = assertionResults.filter((test) => test.status === "failed");
  if (failed.length === 0) {
    return status === "failed" ? [describe(file, message || "A hook failed: see its error above.")] : [];
  }
  return failed.map((test) =>
    describe([file, ...test.ancestorTitles, test.title].join(" > "), test.failureMessages.join("\n")),
  );
}

function describe(title, message) {
  const lines = message.split("\n").filter((line) => !line.includes("node_modules"));
  return [`FAILED ${title}`, ...lines.slice(0, repeatedLines)].join("\n  ");
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
