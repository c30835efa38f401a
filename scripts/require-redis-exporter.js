import { canInstallPackages, canRun, installPackages } from "./apt.js";

const binary = "prometheus-redis-exporter";

/** Makes sure that Debian's redis_exporter can be run, with which a benchmark compares. Elsewhere it is skipped, with the reason. */
export function requireRedisExporter({ skip }) {
  if (!canRun(binary, ["--version"]) && canInstallPackages()) installPackages([binary]);
  if (!canRun(binary, ["--version"])) skip(`${binary} not found: on Debian apt-get install ${binary}.`);
}
