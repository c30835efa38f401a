import { isDeepStrictEqual } from "node:util";
import { describeError } from "../errors.ts";
import type { ExchangeOptions } from "../http-exchange.ts";
import type { Logger } from "../logger.ts";
import type { KubernetesApi } from "./api.ts";
import type { ClusterObserver, ClusterState, KnownClusterState } from "./cluster-observer.ts";
import { type ClusterReading, parseCluster } from "./cluster-reading.ts";
import type { ClusterStateFile, StoredClusterState } from "./cluster-state-file.ts";
import { dataPodsPath, listDataPods, parsePod } from "./data-pods.ts";
import { type FollowedResource, followResource } from "./follow-resource.ts";
import type { ObserverPace } from "./observer-pace.ts";
import {
  type ClusterName,
  describeCluster,
  parseCurrentPrimary,
  readRedisCluster,
  redisClusterPath,
  redisClusterWatchPath,
} from "./redis-cluster.ts";
import { createWakeablePause } from "../wakeable-pause.ts";
import type { WatchEvent } from "./watch-event.ts";

/** An observer, and what self-fencing asks of it beyond what it knows. */
export interface ReadingClusterObserver extends ClusterObserver {
  /**
   * Reads now which pod `status.currentPrimary` names, whatever is known already; `undefined`: none.
   *
   * @throws InstanceError as {@link KubernetesApi.getJson}.
   */
  readCurrentPrimary(options: ExchangeOptions): Promise<string | undefined>;
  /** Settles when what is known is on the disk, or could not be put there. Never rejects. */
  stored(): Promise<void>;
  /** Ends a pause after a failure: the API server is known to answer again. */
  retryNow(): void;
}

/** What an observer is made from. */
export interface ClusterObserverOptions {
  readonly api: KubernetesApi;
  readonly cluster: ClusterName;
  /** Keeps what is known for the next run; nothing is kept when unset. */
  readonly file: ClusterStateFile | undefined;
  readonly pace: ObserverPace;
  readonly logger: Logger;
}

/** Creates an observer that follows the RedisCluster and its data pods once it is started. */
export function createClusterObserver(options: ClusterObserverOptions): ReadingClusterObserver {
  const { api, cluster, file, pace, logger } = options;
  const what = describeCluster(cluster);
  const stopping = new AbortController();
  const { signal } = stopping;
  const pauses = [createWakeablePause(signal), createWakeablePause(signal)] as const;
  const listeners = new Set<() => void>();

  let stored: StoredClusterState | undefined;
  let reading: ClusterReading | undefined;
  let pods: ReadonlyMap<string, string> | undefined;
  let haveAskedForPods = false;
  let confirmedAt = 0;
  let problems = "";
  let published: ClusterState | undefined;
  let isStored = false;
  let storing: Promise<unknown> = Promise.resolve();

  function publish(): void {
    // Who boots by the primary's name needs its address with it.
    if (reading === undefined || !haveAskedForPods) return;
    const state = toClusterState(reading, pods ?? podsOf(stored));
    if (!isDeepStrictEqual(state, published)) {
      published = state;
      isStored = false;
      for (const listener of listeners) listener();
    }
    store(state);
  }

  function store(state: ClusterState): void {
    if (file === undefined || isStored) return;
    isStored = true;
    storing = file.store(state).then((succeeded) => (isStored &&= succeeded));
  }

  function takeCluster(value: unknown): void {
    const parsed = parseCluster(value, { what, last: reading ?? (stored && toReading(stored.state)) });
    const told = parsed.problems.join("; ");
    if (told !== "" && told !== problems) {
      logger.warn(
        { reasons: parsed.problems },
        `${what} says what doesn't fit: the last valid value of each stays`,
      );
    }
    problems = told;
    reading = parsed.reading ?? reading;
    publish();
  }

  function takePod({ type, object }: WatchEvent): void {
    const changed = new Map(pods);
    try {
      const { name, ip } = parsePod(object, "a pod");
      if (type === "DELETED" || ip === undefined) changed.delete(name);
      else changed.set(name, ip);
    } catch (error) {
      logger.warn({ reason: describeError(error) }, "a change of a pod is ignored");
    }
    pods = changed;
    publish();
  }

  const redisCluster: FollowedResource = {
    what: "RedisCluster",
    async read(deadline) {
      takeCluster(await api.getJson(redisClusterPath(cluster), deadline));
      // Its own version is that of its last change, which may be too long ago for a watch to begin there.
      return { resourceVersion: undefined };
    },
    watchPath: (query) => redisClusterWatchPath(cluster, query),
    take({ type, object }) {
      if (type === "DELETED") logger.warn({}, `${what} was deleted: what was read last stays valid`);
      else takeCluster(object);
    },
  };

  const dataPods: FollowedResource = {
    what: "pods",
    async read(deadline) {
      try {
        const list = await listDataPods(api, cluster, deadline);
        pods = new Map(list.pods.map(({ name, ip }) => [name, ip]));
        return list;
      } finally {
        haveAskedForPods = true;
        publish();
      }
    },
    watchPath: (query) => dataPodsPath(cluster, query),
    take: takePod,
  };

  return {
    current(): KnownClusterState | undefined {
      if (published !== undefined) {
        return { state: published, source: "api-server", ageMs: performance.now() - confirmedAt };
      }
      if (stored === undefined) return undefined;
      // The clock may have been set back since.
      const ageMs = Math.max(0, Date.now() - stored.storedAt.getTime());
      return { state: stored.state, source: "disk", ageMs };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    start() {
      stored = file?.read();
      const common = { pace, signal, logger };
      void followResource(api, redisCluster, {
        ...common,
        pauses: pauses[0],
        onConfirmed() {
          confirmedAt = performance.now();
          publish();
        },
      });
      void followResource(api, dataPods, { ...common, pauses: pauses[1], onConfirmed: () => undefined });
    },
    stop: () => stopping.abort(),
    readCurrentPrimary: async (deadline) =>
      parseCurrentPrimary(await readRedisCluster(api, cluster, deadline)),
    async stored() {
      await storing;
    },
    retryNow() {
      for (const pause of pauses) pause.wake();
    },
  };
}

function toClusterState(reading: ClusterReading, pods: ReadonlyMap<string, string>): ClusterState {
  const { currentPrimary, ...rest } = reading;
  return {
    primary:
      currentPrimary === undefined ? undefined : { podName: currentPrimary, ip: pods.get(currentPrimary) },
    ...rest,
    pods: [...pods].map(([name, ip]) => ({ name, ip })).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function toReading({ primary, fencedPods, directives, isolation }: ClusterState): ClusterReading {
  return { currentPrimary: primary?.podName, fencedPods, directives, isolation };
}

function podsOf(stored: StoredClusterState | undefined): ReadonlyMap<string, string> {
  return new Map(stored?.state.pods.map(({ name, ip }) => [name, ip]));
}
