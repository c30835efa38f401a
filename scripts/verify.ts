// `npm test` once everything is installed: all checks and all tests, then the count.
import { execFileSync, spawnSync } from "node:child_process";
import { globSync, rmSync } from "node:fs";

// A test run of before must not be counted as one of now; turbo puts back what it has cached.
for (const folder of globSync("{{packages,apps,examples}/*,deploy,scripts}/.vitest"))
  rmSync(folder, { recursive: true });

const env = {
  ...process.env,
  // Part of the cache key: another server is another test run.
  REDIS_SERVER_VERSION: execFileSync("redis-server", ["--version"], { encoding: "utf8" }).trim(),
};

// One package after another, two test files of it at a time: they start real servers, and tests of a starved one say nothing.
const steps = [
  ["pnpm", "run", "check"],
  ["turbo", "run", "test", "--continue", "--concurrency=1", "--output-logs=new-only"],
  ["node", "scripts/results.js"],
] as const;

const failed = steps.filter(
  ([command, ...args]) => spawnSync(command, args, { stdio: "inherit", env }).status !== 0,
);
process.exitCode = failed.length > 0 ? 1 : 0;
