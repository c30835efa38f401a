// `npm run test:swift`: the tests that any S3 store has to pass, run against an OpenStack Swift of one node,
// over http and over https.
import { once } from "node:events";
import { spawn } from "node:child_process";
import { startSwift } from "./node.ts";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());

console.log("Starting Swift …");
await using swift = await startSwift();
const { http, https } = swift.endpoints;
for (const [name, variables] of [
  ["http", { TEST_S3_ENDPOINT: http }],
  ["https", { TEST_S3_ENDPOINT: https, TEST_S3_CA_FILE: swift.caFile }],
] as const) {
  const code = stop.signal.aborted ? 1 : await runStoreTests(name, variables);
  if (code !== 0) process.exitCode = code;
}

async function runStoreTests(name: string, variables: Readonly<Record<string, string>>): Promise<number> {
  const script = ["run", "test:store", `--outputFile.json=.vitest/swift-${name}.json`];
  const tests = spawn("pnpm", ["--filter", "@redis-operator/core", ...script], {
    stdio: "inherit",
    env: {
      ...process.env,
      TEST_S3_REGION: swift.region,
      TEST_S3_BUCKET: "backups",
      TEST_S3_ACCESS_KEY_ID: swift.credentials.accessKeyId,
      TEST_S3_SECRET_ACCESS_KEY: swift.credentials.secretAccessKey,
      ...variables,
    },
  });
  const ended = once(tests, "exit");
  stop.signal.addEventListener("abort", () => tests.kill("SIGTERM"));
  const [code]: readonly unknown[] = await ended;
  return typeof code === "number" ? code : 1;
}
