import { defineConfig } from "vitest/config";

/** The rendered manifests as processes, in network namespaces of their own: `npm run test:deploy`. */
export default defineConfig({
  test: {
    include: ["test/topology/*.scenario.ts"],
    // Each part goes on from where the one before has ended; a failover takes what the sentinels' settings say.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    reporters: ["default", "json"],
    outputFile: { json: ".vitest/topology.json" },
  },
});
