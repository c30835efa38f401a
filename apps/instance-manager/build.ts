import { copyFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundleApp } from "@redis-operator/bundle";

await bundleApp({
  entryPoints: {
    main: "src/main.ts",
    backup: "src/backup-child.ts",
    "part-thread": "@redis-operator/core/part-thread",
    restore: "src/restore.ts",
  },
  // What is loaded on first use has a bundle of its own: what it costs is paid only then.
  plugins: [
    {
      name: "lazy-rooms",
      setup(building) {
        building.onResolve({ filter: /^\.\/restore\.ts$/ }, ({ kind }) =>
          kind === "dynamic-import" ? { path: "./restore.cjs", external: true } : undefined,
        );
      },
    },
  ],
});

// A file of its own: whoever never asks for it doesn't pay for it.
const openapi = fileURLToPath(import.meta.resolve("@redis-operator/client/openapi.json"));
await copyFile(openapi, "dist/openapi.json");
