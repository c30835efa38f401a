import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };

const root = resolve(import.meta.dirname, "..");

const entryPoints = Object.values(manifest.exports).filter((file) => file.endsWith(".ts"));
const readme = await readFile(resolve(root, "README.md"), "utf8");

/** What each entry point may take by the README, in kB: about a tenth more than it does. */
const budgets = Array.from(
  readme.matchAll(/^\| `@redis-operator\/client(\S*)` +\| ([\d.]+) kB +\| ([\d.]+) kB +\|$/gm),
).flatMap(([, path = "", apart, within]) => [
  { path, zod: "apart", maxKb: Number(apart) } as const,
  { path, zod: "within", maxKb: Number(within) } as const,
]);

/** In kB, minified and gzipped. */
async function measure({ path, zod }: Pick<(typeof budgets)[number], "path" | "zod">): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [resolve(root, `src${path}/index.ts`)],
    external: zod === "apart" ? ["zod"] : [],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module"],
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents ?? "").length / 1000;
}

describe("an operator's bundle", () => {
  it.each(budgets)("takes at most $maxKb kB of client$path, zod $zod", async ({ maxKb, ...bundle }) => {
    const kb = await measure(bundle);
    expect(kb).toBeLessThanOrEqual(maxKb);
    // A budget that is far too large guards nothing.
    expect(kb).toBeGreaterThan(maxKb * 0.75);
  });

  it("has a budget for each entry point", () => {
    expect(new Set(budgets.map(({ path }) => path)).size).toBe(entryPoints.length);
  });
});
