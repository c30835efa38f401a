import type { InfoSnapshot } from "../../redis/info.ts";
import type { Labels } from "../exposition.ts";
import { gauge, type MetricTable } from "./metric.ts";
import { fromInfo, type Source } from "./source.ts";

const up: Source = {
  info: "",
  read: (observation) => [{ value: observation.up ? "1" : "0" }],
};

const fenced: Source = {
  info: "",
  read: ({ fenced: isFenced }) => (isFenced === undefined ? [] : [{ value: isFenced ? "1" : "0" }]),
};

const identity = fromInfo(
  "server_name, redis_version, valkey_version, redis_mode, server_mode, maxmemory_policy",
  (info) => [{ labels: readIdentity(info), value: "1" }],
);

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
function readIdentity(info: InfoSnapshot): Labels {
  // Redis does not name itself. Valkey does, and keeps redis_version at the version that it is compatible with.
  const server = info.get("server_name") ?? "redis";
  return {
    server,
    version: info.get(`${server}_version`) ?? info.get("redis_version") ?? "unknown",
    mode: info.get("redis_mode") ?? info.get("server_mode") ?? "unknown",
    maxmemory_policy: info.get("maxmemory_policy") ?? "unknown",
  };
}
