import { defineConfig } from "vitest/config";

/** What the images have to hold; `scripts/images/main.ts` builds them and starts this. */
export default defineConfig({
  test: {
    include: ["images/*.scenario.ts"],
    testTimeout: 120_000,
    maxWorkers: 1,
    reporters: ["default", "json"],
  },
});
