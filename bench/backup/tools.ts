import { execFileSync, spawnSync } from "node:child_process";

/** What the manager is compared with, by its Debian package. */
const tools = [
  { package: "awscli", command: "/usr/bin/aws", versionArgs: ["--version"] },
  { package: "rclone", command: "rclone", versionArgs: ["version"] },
  { package: "pigz", command: "pigz", versionArgs: ["--version"] },
] as const;

/** Installs what is missing (as root, through apt) and tells the versions. @throws Error with what to install by hand. */
export function requireTools(): readonly string[] {
  const missing = tools.filter(({ command, versionArgs }) => readVersion(command, versionArgs) === undefined);
  if (missing.length > 0) install(missing.map((tool) => tool.package));
  return tools.map(({ command, versionArgs, ...tool }) => {
    const version = readVersion(command, versionArgs);
    if (version === undefined) throw new Error(`${command} is missing: apt-get install ${tool.package}`);
    return version;
  });
}

function install(packages: readonly string[]): void {
  if (process.getuid?.() !== 0) return;
  console.error(`Installing ${packages.join(", ")} through apt …`);
  for (const args of [["update"], ["install", "--yes", "--no-install-recommends", ...packages]]) {
    spawnSync("apt-get", args, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  }
}

function readVersion(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, [...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).split(
      "\n",
    )[0];
  } catch {
    return undefined;
  }
}
