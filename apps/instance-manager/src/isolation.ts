import { join } from "node:path";
import { createRedisEvents, type RedisEventObserver } from "@redis-operator/core/events";
import {
  createAskPeers,
  createClusterView,
  createIsolationMonitor,
  createSelfFencing,
  createWriteLease,
  type FailsafeView,
  findObjection,
  type IsolationMonitor,
  type IsolationObserver,
} from "@redis-operator/core/isolation";
import { probeApiServer, type ReadingClusterObserver } from "@redis-operator/core/kubernetes";
import type { Logger } from "@redis-operator/core/logger";
import type { RedisProcess } from "@redis-operator/core/process";
import { createRedisConnection, type RedisAccess } from "@redis-operator/core/redis";
import type { Config } from "./config.ts";

const now = () => performance.now();

/** What {@link startIsolation} needs. */
export interface IsolationDeps {
  readonly config: Config;
  /** What the manager's connections to its Redis share. */
  readonly access: RedisAccess;
  /** Unset: no RedisCluster is asked. */
  readonly observer: ReadingClusterObserver | undefined;
  readonly process: RedisProcess & { isMeantToRun?(): boolean };
  readonly own: { readonly podName: string; readonly ipAddresses: readonly string[] };
  /** Size of Redis' RDB file as it stands; never rejects. */
  readonly readSnapshotSizeBytes: () => Promise<number | undefined>;
  /** Is told of what is seen. */
  readonly metrics: IsolationObserver & RedisEventObserver;
  readonly logger: Logger;
}

/** What watches over isolation, and what it knows. */
export interface Isolation extends Pick<IsolationMonitor, "report" | "state"> {
  /** How this instance sees its cluster. */
  failsafeView(): FailsafeView;
  stop(): void;
}

/** Begins to watch in the background whether this instance is alive, and holds writes where that is configured. */
export function startIsolation(deps: IsolationDeps): Isolation {
  const { config, access, observer, process, own, readSnapshotSizeBytes, metrics, logger } = deps;
  const { isolation, redis, http, kubernetes } = config;
  // Its own: what it asks must not wait behind a probe's question, nor be overtaken by one.
  const connection = createRedisConnection({ ...redis, ...redis.probe, access });
  const events = createRedisEvents({
    redis: connection,
    own: { ipAddresses: own.ipAddresses, port: redis.port },
    readSnapshotSizeBytes,
    observer: metrics,
    logger,
    now,
  });

  function failsafeView(): FailsafeView {
    const status = monitor.status();
    const known = observer?.current();
    return {
      podName: own.podName,
      role: status?.role ?? "unknown",
      follows: status?.role === "replica" ? status.primary : undefined,
      primary: known?.state.primary,
      source: known?.source ?? "none",
      apiServerSeenMsAgo: known?.source === "api-server" ? known.ageMs : undefined,
    };
  }

  function createFencing() {
    const fencing = createSelfFencing({
      lease: createWriteLease({ redis: connection, ...isolation.lease, logger, now }),
      ownPodName: own.podName,
      observer,
      logger,
      now,
    });
    return {
      ...fencing,
      findObjection() {
        const { apiServerSeenMsAgo } = failsafeView();
        return (view: FailsafeView) => findObjection(view, { ...own, apiServerSeenMsAgo });
      },
    };
  }

  const monitor = createIsolationMonitor({
    process,
    readStatus: () => events.readStatus(),
    hungTimeoutMs: isolation.hungTimeoutMs,
    probeApiServer:
      kubernetes &&
      ((options) =>
        probeApiServer({ ...kubernetes, caFile: join(kubernetes.serviceAccountDir, "ca.crt") }, options)),
    askPeers: createAskPeers({ tlsDir: http.tls?.dir }),
    cluster: createClusterView({ ...isolation, observer, own: { ...own, port: http.port } }),
    selfFencing: isolation.isSelfFencing ? createFencing() : undefined,
    pace: isolation.pace,
    observer: metrics,
    logger,
    now,
  });
  monitor.start();
  return {
    report: () => monitor.report(),
    state: () => monitor.state(),
    failsafeView,
    stop() {
      monitor.stop();
      connection.close();
    },
  };
}
