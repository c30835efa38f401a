// `npm run test:partitions`, `npm run test:chaos`: the suites that need hosts of their own, in network namespaces that
// are made for them and removed with them.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  createTemporaryDirectory,
  describeNetwork,
  nameNetworkRun,
  removeStaleNetworks,
} from "@redis-operator/testbed";
import { renderFigures } from "./figures.ts";

const {
  values: { runs, only, kills, seed },
  positionals: [suite = "partitions"],
} = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "1" },
    only: { type: "string" },
    kills: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());

execFileSync("turbo", ["run", "build", "--output-logs=errors-only"], { stdio: "inherit" });
for (const namespace of removeStaleNetworks()) console.log(`removed ${namespace} of a run that died`);
const layout = {
  run: nameNetworkRun(),
  // The suite itself runs on the first, as an operator would.
  hosts: ["operator", "api", "client", "redis-0", "redis-1", "redis-2"],
};
const network = describeNetwork(layout);
await using folder = await createTemporaryDirectory("partitions");
const figuresFile = join(folder.path, "figures.jsonl");
try {
  network.build();
  for (let run = 1; run <= Number(runs) && !stop.signal.aborted; run += 1) {
    if ((await runSuite(run)) !== 0) process.exitCode = 1;
  }
  if (stop.signal.aborted) process.exitCode = 1;
} finally {
  network.remove();
}
console.log(renderFigures(figuresFile));

async function runSuite(run: number): Promise<number> {
  const name = run === 1 ? suite : `${suite}-${run}`;
  const { command, args } = network
    .host("operator")
    .command("pnpm", [
      "--filter",
      "@redis-operator/instance-manager",
      "run",
      `test:${suite}`,
      `--outputFile.json=.vitest/${name}.json`,
      ...(only === undefined ? [] : ["--testNamePattern", only]),
    ]);
  const tests = spawn(command, args, {
    stdio: "inherit",
    env: {
      ...process.env,
      // What a suite that is ended early leaves behind goes with the rest.
      TMPDIR: folder.path,
      PARTITIONS_NETWORK: JSON.stringify(layout),
      PARTITIONS_FIGURES: figuresFile,
      CHAOS_KILLS: kills,
      CHAOS_SEED: seed,
    },
  });
  const ended = once(tests, "exit");
  const kill = () => tests.kill("SIGTERM");
  stop.signal.addEventListener("abort", kill);
  const [code]: readonly unknown[] = await ended;
  stop.signal.removeEventListener("abort", kill);
  return typeof code === "number" ? code : 1;
}
