import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import * as z from "zod";

const root = fileURLToPath(new URL("../..", import.meta.url));
const scope = "@redis-operator/";
const manifestSchema = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

/** What `pnpm install --filter-prod "<name>..."` installs: a package of the repository and those that it depends on, not those of its tests. */
async function listInstalled(folder: string): Promise<readonly string[]> {
  const manifest = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"));
  const { dependencies } = manifestSchema.parse(manifest);
  const own = Object.keys(dependencies).filter((name) => dependencies[name] === "workspace:*");
  const below = await Promise.all(
    own.map((name) => listInstalled(join("packages", name.slice(scope.length)))),
  );
  return [...own, ...below.flat()];
}

it.each(["instance", "sentinel"])(
  "installs every package of the repository that builds the %s image's bundle",
  async (name) => {
    const app = `${name}-manager`;
    expect(await readFile(join(root, `Dockerfile.${name}`), "utf8")).toContain(
      `--filter-prod "${scope}${app}..."`,
    );
    const build = await readFile(join(root, "apps", app, "build.ts"), "utf8");
    const imported = Array.from(build.matchAll(/from "(@redis-operator\/[^/"]+)/g), ([, found]) => found);
    expect(imported).not.toEqual([]);
    expect(await listInstalled(join("apps", app))).toEqual(expect.arrayContaining(imported));
  },
);
