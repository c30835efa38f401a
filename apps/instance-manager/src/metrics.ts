import type { IsolationState } from "@redis-operator/core/isolation";
import type { ClusterObserver } from "@redis-operator/core/kubernetes";
import {
  createDataVolume,
  createManagerMetrics,
  type InstanceLabels,
  type ManagerMetrics,
} from "@redis-operator/core/metrics";
import type { RedisConnection } from "@redis-operator/core/redis";
import manifest from "../package.json" with { type: "json" };
import type { Config } from "./config.ts";
import { listRotatedSubjects } from "./rotation.ts";

/** What {@link createOwnMetrics} needs. */
export interface OwnMetricsDeps {
  readonly config: Config;
  readonly labels: InstanceLabels;
  /** Unset: no RedisCluster is asked. */
  readonly observer: Pick<ClusterObserver, "current"> | undefined;
  /** To the Redis beside the manager, with deadlines well under a second. */
  readonly redis: RedisConnection;
  readonly readIsolation: () => IsolationState;
}

/** The manager's own metrics, and what they measure that is of use elsewhere. */
export interface OwnMetrics {
  readonly managerMetrics: ManagerMetrics;
  /** Size of Redis' RDB file as it stands, if it can be told. Never rejects. */
  readonly readSnapshotSizeBytes: () => Promise<number | undefined>;
}

/** Creates the manager's own metrics. */
export function createOwnMetrics(deps: OwnMetricsDeps): OwnMetrics {
  const { config, labels, observer, redis, readIsolation } = deps;
  const dataVolume = createDataVolume({
    redis,
    dataDir: config.redis.dataDir,
    now: () => performance.now(),
  });
  const managerMetrics = createManagerMetrics({
    labels,
    version: manifest.version,
    rotatedSubjects: listRotatedSubjects(config),
    async readState() {
      const known = observer?.current();
      return {
        isolation: readIsolation(),
        clusterObservedMsAgo: known?.source === "api-server" ? known.ageMs : undefined,
        dataVolume: await dataVolume.read(),
      };
    },
  });
  return {
    managerMetrics,
    readSnapshotSizeBytes: async () => (await dataVolume.read())?.snapshotSizeBytes,
  };
}
