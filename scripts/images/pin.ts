// Writes what the images are built on, from bases.json, into both Dockerfiles. With --check it writes nothing and fails
// when one has drifted, or when a base is not pinned by a digest.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import bases from "./bases.json" with { type: "json" };

const { values: options } = parseArgs({ options: { check: { type: "boolean", default: false } } });

for (const [name, image] of Object.entries(bases)) {
  if (!/^\S+:\S+@sha256:[0-9a-f]{64}$/.test(image)) fail(`${name} in bases.json is not pinned: ${image}`);
}
for (const app of ["instance", "sentinel"]) {
  const path = fileURLToPath(new URL(`../../Dockerfile.${app}`, import.meta.url));
  const text = await readFile(path, "utf8");
  const pinned = Object.entries(bases).reduce(
    (lines, [name, image]) => lines.replace(new RegExp(`^ARG ${name}=.*$`, "m"), `ARG ${name}=${image}`),
    text,
  );
  if (!options.check) await writeFile(path, pinned);
  else if (pinned !== text) {
    fail(`Dockerfile.${app} has drifted from bases.json: run node scripts/images/pin.ts`);
  }
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
