// The way in for a machine that has nothing but git, Node >= 20 and npm: installs what is missing, then runs a script of
// this repository under the Node that the lockfile pins. Plain JavaScript, because nothing is installed when it starts.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { requireContainers } from "./require-containers.js";
import { requireNetworkNamespaces } from "./require-network-namespaces.js";
import { requireRedis } from "./require-redis.js";
import { requireRedisExporter } from "./require-redis-exporter.js";
import { requireSwift } from "./require-swift.js";
import { requireTini } from "./require-tini.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const partitioned = [requireRedis, requireNetworkNamespaces];
const tasks = {
  start: { command: ["node", "scripts/topology/main.ts"], requirements: [requireRedis] },
  test: { command: ["node", "scripts/verify.ts"], requirements: [requireRedis, requireTini] },
  store: {
    command: [
      "pnpm",
      "--filter",
      "@redis-operator/core",
      "run",
      "test:store",
      "--outputFile.json=.vitest/store.json",
    ],
    requirements: [requireRedis],
  },
  swift: { command: ["node", "scripts/swift/main.ts"], requirements: [requireRedis, requireSwift] },
  partitions: { command: ["node", "scripts/partitions/main.ts", "partitions"], requirements: partitioned },
  chaos: { command: ["node", "scripts/partitions/main.ts", "chaos"], requirements: partitioned },
  "bench-metrics": {
    command: ["node", "bench/metrics/main.ts"],
    requirements: [requireRedis, requireRedisExporter],
  },
  images: { command: ["node", "scripts/images/main.ts"], requirements: [requireContainers] },
  deploy: {
    command: ["pnpm", "--filter", "@redis-operator/deploy", "run", "test:topology"],
    requirements: [...partitioned, requireTini],
  },
  soak: { command: ["node", "deploy/soak/main.ts"], requirements: [...partitioned, requireTini] },
  pnpm: { command: ["pnpm"], requirements: [] },
};

const [task, ...args] = process.argv.slice(2);
if (task === undefined || !Object.hasOwn(tasks, task)) {
  fail(`usage: node scripts/run.js ${Object.keys(tasks).join("|")} [arguments]`);
}
if (Number(process.versions.node.split(".", 1)[0]) < 20) {
  fail(`Node ${process.versions.node} is too old: install Node 20 or newer.`);
}

const path = [
  // The binary itself: what stands in .bin is a shell script around it, which dies of a signal and leaves Node behind.
  join(root, "node_modules/node/bin"),
  join(root, "node_modules/.bin"),
  pathWithPnpm(),
].join(delimiter);
installPackages();
const { command, requirements } = tasks[task];
for (const requirement of requirements) requirement({ fail, skip });
runUnderPinnedNode([...command, ...args]);

/** npm fetches the one pnpm that package.json names into its own cache and says where it is. */
function pathWithPnpm() {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const npm = spawnSync(
    "npm",
    ["exec", "--yes", `--package=${packageManager}`, "--call", "node -p process.env.PATH"],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  if (npm.status !== 0) fail(`Fetching ${packageManager} through npm failed:\n${npm.stderr}`);
  return npm.stdout.trim();
}

function installPackages() {
  if (!existsSync(join(root, "node_modules"))) console.error("Installing packages …");
  const install = spawnSync("pnpm", ["install", "--frozen-lockfile", "--reporter=append-only"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, PATH: path, CI: "true" },
  });
  if (install.status !== 0) fail(`Installing packages failed:\n${install.stdout}${install.stderr}`);
}

function runUnderPinnedNode([program, ...programArgs]) {
  const child = spawn(program, programArgs, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: "1" },
  });
  // A terminal's Ctrl-C reaches the child by itself; this process only has to outlive it. A kill has to be passed on.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 1));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

function skip(message) {
  console.error(`${task}: skipped: ${message}`);
  process.exit(0);
}
