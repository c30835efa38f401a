import { build, type Plugin } from "esbuild";

/** The rooms that are loaded on first use have a bundle of their own: what they cost is paid only then. */
const lazyRooms: Plugin = {
  name: "lazy-rooms",
  setup(building) {
    building.onResolve({ filter: /^@redis-operator\/core\/backup$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "./backup.cjs", external: true } : undefined,
    );
  },
};

// CommonJS: an ES module as the entry costs 10 MB and 25 ms more at start.
await build({
  entryPoints: { main: "src/main.ts", backup: "@redis-operator/core/backup" },
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  bundle: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  minify: true,
  keepNames: true,
  legalComments: "none",
  plugins: [lazyRooms],
});
