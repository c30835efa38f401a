import { canInstallPackages, canRun, installPackages } from "./apt.js";

const binaries = ["redis-server", "redis-sentinel"];

/** Makes sure that redis-server and redis-sentinel can be run: through apt where that is possible, else one clear line. */
export function requireRedis({ fail }) {
  if (missingBinaries().length === 0) return;
  if (canInstallPackages()) installPackages(binaries);
  const missing = missingBinaries();
  if (missing.length > 0)
    fail(`${missing.join(" and ")} not found: install Redis 7 or newer (${howToInstall()}).`);
}

function missingBinaries() {
  return binaries.filter((binary) => !canRun(binary, ["--version"]));
}

function howToInstall() {
  if (process.platform === "darwin") return "brew install redis";
  return "sudo apt-get install redis-server redis-sentinel, or your system's packages";
}
