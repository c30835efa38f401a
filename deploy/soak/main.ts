// `npm run soak`: the chart's pods as processes for a configured time, under load, with faults and backups; then a verdict.
// This makes the network, runs the rest on one of its hosts, and clears away whatever happens to that.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createTemporaryDirectory, nameNetworkRun, removeStaleNetworks } from "@redis-operator/testbed";
import { useGround } from "./ground.ts";
import { readOptions, type SoakOptions, usage } from "./options.ts";

const args = process.argv.slice(2);
if (args.includes("--help")) {
  console.log(usage);
} else {
  const options = readOrFail();
  if (options !== undefined) process.exitCode = await soak({ ...options, output: resolve(options.output) });
}

function readOrFail(): SoakOptions | undefined {
  try {
    return readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}

async function soak(options: SoakOptions): Promise<number> {
  const apps = ["instance-manager", "sentinel-manager"].map((app) => `--filter=@redis-operator/${app}`);
  execFileSync("turbo", ["run", "build", ...apps, "--output-logs=errors-only"], { stdio: "inherit" });
  mkdirSync(options.output, { recursive: true });
  for (const namespace of removeStaleNetworks()) console.log(`removed ${namespace} of a run that died`);
  const run = nameNetworkRun();
  const network = useGround(run);
  await using folder = await createTemporaryDirectory("soak");
  try {
    network.build();
    const program = fileURLToPath(new URL("run.ts", import.meta.url));
    const { command, args: programArgs } = network
      .host("node")
      .command(process.execPath, [program, JSON.stringify({ run, dir: folder.path, options })]);
    const child = spawn(command, programArgs, {
      stdio: "inherit",
      env: { ...process.env, TMPDIR: folder.path },
      // Ctrl-C reaches this process, which passes it on once.
      detached: true,
    });
    const exited = once(child, "exit");
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill("SIGTERM"));
    const [code]: readonly unknown[] = await exited;
    return typeof code === "number" ? code : 1;
  } finally {
    network.remove();
  }
}
