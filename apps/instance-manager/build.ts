import { copyFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { writePackages } from "@redis-operator/bundle";
import { build, type Plugin } from "esbuild";

/** What is loaded on first use has a bundle of its own: what it costs is paid only then. */
const lazyRooms: Plugin = {
  name: "lazy-rooms",
  setup(building) {
    building.onResolve({ filter: /^\.\/restore\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./restore.cjs", external: true } : undefined,
    );
  },
};

// CommonJS: an ES module as the entry costs 10 MB and 25 ms more at start.
const { metafile } = await build({
  entryPoints: {
    main: "src/main.ts",
    backup: "src/backup-child.ts",
    "part-thread": "@redis-operator/core/part-thread",
    restore: "src/restore.ts",
  },
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
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
  define: { "import.meta.dirname": "__dirname" },
  plugins: [lazyRooms],
});
await writePackages(metafile, "dist/packages");

// A file of its own: whoever never asks for it doesn't pay for it.
const openapi = fileURLToPath(import.meta.resolve("@redis-operator/client/openapi.json"));
await copyFile(openapi, "dist/openapi.json");
