import type { InfoSnapshot } from "../../redis/info.ts";
import { writeLabel } from "../exposition.ts";
import { gauge, type MetricTable } from "./metric.ts";
import type { Source } from "./source.ts";

const up: Source = {
  reads: [],
  labelNames: [],
  collect: ({ observation }, emit) => emit(observation.up ? "1" : "0"),
};

const fenced: Source = {
  reads: [],
  labelNames: [],
  collect({ observation: { fenced: isFenced } }, emit) {
    if (isFenced !== undefined) emit(isFenced ? "1" : "0");
  },
};

const identity: Source = {
  reads: ["server_name", "redis_version", "valkey_version", "redis_mode", "server_mode", "maxmemory_policy"],
  labelNames: ["server", "version", "mode", "maxmemory_policy"],
  collect({ observation, info }, emit) {
    if (observation.up) emit("1", writeIdentity(info));
  },
};

/** Whether Redis is there, and which one. */
export const instanceMetrics = {
  redis_up: gauge(up, "Whether Redis answered the INFO of this scrape (1) or not (0)."),
  redis_instance_info: gauge(identity, "Always 1; the labels say which server runs, and how."),
} satisfies MetricTable;

/** What the operator has decided about the instance. */
export const fencingMetrics = {
  redis_fenced: gauge(fenced, "Whether the operator has fenced the instance (1) or not (0)."),
} satisfies MetricTable;

// No run id, process id or operating system: what changes with every restart or node makes a new series each time.
function writeIdentity(info: InfoSnapshot): string {
  // Redis does not name itself. Valkey does, and keeps redis_version at the version that it is compatible with.
  const server = info.get("server_name") ?? "redis";
  return (
    writeLabel("server", server) +
    writeLabel("version", info.get(`${server}_version`) ?? info.get("redis_version") ?? "unknown") +
    writeLabel("mode", info.get("redis_mode") ?? info.get("server_mode") ?? "unknown") +
    writeLabel("maxmemory_policy", info.get("maxmemory_policy") ?? "unknown")
  );
}
