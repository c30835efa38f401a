import { writePackages } from "@redis-operator/bundle";
import { build } from "esbuild";

// One CommonJS file: an ES module as the entry costs 10 MB and 25 ms more at start.
const { metafile } = await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/main.cjs",
  bundle: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  minify: true,
  keepNames: true,
  legalComments: "none",
  // debug colours a terminal with it where it happens to be installed: a bundle would hold it on one machine and not on another.
  external: ["supports-color"],
  metafile: true,
});
await writePackages(metafile, "dist/packages");
