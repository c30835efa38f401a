import type { Plugin } from "esbuild";

/**
 * What the entry points of these libraries load, and neither app calls: prom-client's default metrics, which bring
 * OpenTelemetry's API, its aggregation over processes and its push gateway, and what ioredis has for Redis Cluster. Loaded
 * they take half a megabyte, and some milliseconds of each start.
 */
const uncalled =
  /\/node_modules\/(?:prom-client\/lib\/(?:defaultMetrics|cluster|pushgateway)|ioredis\/built\/cluster\/index)\.js$/;

/** Bundles files as if they were empty: what they export is `undefined`. */
export const leaveOutUncalled: Plugin = {
  name: "leave-out-uncalled",
  setup(building) {
    building.onLoad({ filter: uncalled }, () => ({ contents: "" }));
  },
};
