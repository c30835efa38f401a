import { defineConfig } from "vitest/config";

/** The suites that need a network of their own; `scripts/partitions` starts them. */
export default defineConfig({
  test: {
    include: ["test/partitions/*.scenario.ts"],
    // One network, and figures that mean something: one scenario at a time.
    fileParallelism: false,
    testTimeout: 60_000,
    // A scenario is played before its tests; a thousand kills take most of an hour.
    hookTimeout: 3 * 3_600_000,
    reporters: ["default", "json"],
  },
});
