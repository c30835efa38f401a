import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";

const binaries = ["redis-server", "redis-sentinel"];
// Debian's way to keep a package from starting a service of its own: the tests and the topology start theirs.
const servicePolicy = "/usr/sbin/policy-rc.d";

/** Makes sure that redis-server and redis-sentinel can be run: through apt where that is possible, else one clear line. */
export function requireRedis({ fail }) {
  if (missingBinaries().length === 0) return;
  if (process.getuid?.() === 0 && canRun("apt-get", ["--version"])) installThroughApt();
  const missing = missingBinaries();
  if (missing.length > 0)
    fail(`${missing.join(" and ")} not found: install Redis 7 or newer (${howToInstall()}).`);
}

function missingBinaries() {
  return binaries.filter((binary) => !canRun(binary, ["--version"]));
}

function canRun(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function installThroughApt() {
  console.error("Installing redis-server and redis-sentinel through apt …");
  const isOwnPolicy = !existsSync(servicePolicy);
  if (isOwnPolicy) writeFileSync(servicePolicy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    for (const args of [["update"], ["install", "--yes", "--no-install-recommends", ...binaries]]) {
      spawnSync("apt-get", args, {
        stdio: ["ignore", "ignore", "inherit"],
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      });
    }
  } finally {
    if (isOwnPolicy) rmSync(servicePolicy);
  }
}

function howToInstall() {
  if (process.platform === "darwin") return "brew install redis";
  return "sudo apt-get install redis-server redis-sentinel, or your system's packages";
}
