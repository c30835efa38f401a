// `node scripts/check-release.ts v1.2.3`: fails unless both managers have that version and CHANGELOG.md tells of it.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const [tag = ""] = process.argv.slice(2);
const version = tag.replace(/^v/, "");

for (const app of ["instance-manager", "sentinel-manager"]) {
  const manifest: unknown = JSON.parse(await readFile(`${root}/apps/${app}/package.json`, "utf8"));
  if (!hasVersion(manifest, version)) fail(`apps/${app}/package.json has another version than ${tag}`);
}
const changelog = await readFile(`${root}/CHANGELOG.md`, "utf8");
if (!changelog.includes(`\n## [${version}]`)) fail(`CHANGELOG.md tells nothing of ${tag}`);

function hasVersion(manifest: unknown, wanted: string): boolean {
  return (
    typeof manifest === "object" && manifest !== null && "version" in manifest && manifest.version === wanted
  );
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
