import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";

// Debian's way to keep a package from starting a service of its own: tests and the topology start theirs.
const servicePolicy = "/usr/sbin/policy-rc.d";

/** Whether this process may install Debian packages. */
export function canInstallPackages() {
  return process.getuid?.() === 0 && canRun("apt-get", ["--version"]);
}

/** Installs Debian packages, and starts no service of theirs. What apt complains of is shown; whether it worked is the caller's to see. */
export function installPackages(packages) {
  console.error(`Installing ${packages.join(", ")} through apt …`);
  const isOwnPolicy = !existsSync(servicePolicy);
  if (isOwnPolicy) writeFileSync(servicePolicy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    for (const args of [["update"], ["install", "--yes", "--no-install-recommends", ...packages]]) {
      spawnSync("apt-get", args, {
        stdio: ["ignore", "ignore", "inherit"],
        env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      });
    }
  } finally {
    if (isOwnPolicy) rmSync(servicePolicy);
  }
}

/** Whether a command is there and answers such arguments with success. */
export function canRun(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}
