import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type BuildOptions } from "esbuild";
import { leaveOutUncalled } from "./leave-out.ts";
import { requireAscii } from "./require-ascii.ts";
import { writePackages } from "./write-packages.ts";

/** What {@link bundleApp} bundles; esbuild's own options. */
export interface BundleOptions extends Pick<BuildOptions, "entryPoints" | "plugins"> {
  /** `dist` unless given. */
  readonly outdir?: string;
}

/**
 * Bundles an app, a CommonJS file for each entry point, and writes down in the folder `packages` beside them what they are made of.
 *
 * @throws Error if a file isn't ASCII, or esbuild's.
 */
export async function bundleApp({ outdir = "dist", plugins = [], ...options }: BundleOptions): Promise<void> {
  const { metafile } = await build({
    ...options,
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node24",
    // An ES module as the entry costs 10 MB and 25 ms more at start.
    format: "cjs",
    minify: true,
    keepNames: true,
    legalComments: "none",
    // debug colours a terminal with it where it happens to be installed: a bundle would hold it on one machine and not on another.
    external: ["supports-color"],
    define: { "import.meta.dirname": "__dirname" },
    metafile: true,
    plugins: [...plugins, leaveOutUncalled],
  });
  for (const file of Object.keys(metafile.outputs)) requireAscii(file, await readFile(file, "utf8"));
  await writePackages(metafile, join(outdir, "packages"));
}
