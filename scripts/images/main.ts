// `npm run test:images`: builds both images for real, for Redis and for Valkey, on bases that are made of Debian's packages,
// so that no image registry is needed, and runs them in containers.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { makeStandIns } from "./stand-ins.ts";
import { buildah, createImageStorage } from "./storage.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());

// What the images hold is compared with it.
execFileSync("turbo", ["run", "build", "--output-logs=errors-only"], { cwd: root, stdio: "inherit" });
await using storage = await createImageStorage();
console.log("Making bases …");
const { NODE_IMAGE, TINI_IMAGE, REDIS_IMAGE } = makeStandIns(storage);
for (const server of ["redis", "valkey"] as const) {
  for (const app of ["instance", "sentinel"] as const) {
    console.log(`Building ${app} on ${server} …`);
    const binary = `${server}-${app === "instance" ? "server" : "sentinel"}`;
    const values = {
      NODE_IMAGE,
      TINI_IMAGE,
      REDIS_IMAGE: REDIS_IMAGE[server],
      REDIS_BINARY: binary,
      VERSION: "0.0.0-test",
    };
    const args = Object.entries(values).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
    const place = ["--file", `${root}/Dockerfile.${app}`, "--tag", `localhost/${app}-${server}`, root];
    buildah(storage, ["build", "--quiet", "--layers", ...args, ...place]);
  }
}
console.log(buildah(storage, ["images", "--format", "{{.Name}} {{.Size}}", "--filter", "dangling=false"]));
process.exitCode = stop.signal.aborted ? 1 : await runScenarios();

async function runScenarios(): Promise<number> {
  const tests = spawn("pnpm", ["--filter", "@redis-operator/scripts", "run", "test:images"], {
    stdio: "inherit",
    env: storage.env,
  });
  const ended = once(tests, "exit");
  stop.signal.addEventListener("abort", () => tests.kill("SIGTERM"));
  const [code]: readonly unknown[] = await ended;
  return typeof code === "number" ? code : 1;
}
