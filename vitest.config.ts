import { defineConfig } from "vitest/config";

/** Every package's tests run with this: `vitest run --config ../../vitest.config.ts --root .`. */
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Real servers start, sync and save in these tests; the bound only ends what hangs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most tests wait for a server of their own, so that two at a time halve the run even on two cores.
    maxWorkers: 2,
    reporters: ["default", "json"],
    outputFile: { json: ".vitest/results.json" },
  },
});
