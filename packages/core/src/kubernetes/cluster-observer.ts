import type { DataPod } from "./data-pods.ts";
import type { PrimaryIsolationSpec } from "./redis-cluster.ts";

/** What was last known of the cluster, all of it valid. */
export interface ClusterState {
  /** The pod that `status.currentPrimary` names; its address as the pod list has it, if it is there. */
  readonly primary: { readonly podName: string; readonly ip: string | undefined } | undefined;
  /** The last valid `redis.io/fencedInstances`, `"*"` kept; `undefined` until a RedisCluster was read. */
  readonly fencedPods: readonly string[] | undefined;
  /** `spec.redis`: directives of redis.conf by name. */
  readonly directives: Readonly<Record<string, string>>;
  /** `spec.primaryIsolation`. */
  readonly isolation: PrimaryIsolationSpec;
  /** The data pods of the cluster that can be reached, this one included. */
  readonly pods: readonly DataPod[];
}

/** A state, and how well it is known. */
export interface KnownClusterState {
  readonly state: ClusterState;
  /**
   * `api-server`: the RedisCluster was read from the API server since the start, and the pods were asked for at least
   * once; `disk`: as an earlier run stored it.
   */
  readonly source: "api-server" | "disk";
  /** Milliseconds since the API server last confirmed the RedisCluster; of one from disk, since it was stored. */
  readonly ageMs: number;
}

/** The one place that reads from the API server; everybody else asks it. */
export interface ClusterObserver {
  /** What is known now, from memory. */
  current(): KnownClusterState | undefined;
  /**
   * Calls the listener after every change of the state or its source.
   *
   * @returns Ends the subscription.
   */
  subscribe(listener: () => void): () => void;
  /** Begins to observe; never throws, and tries for ever, with growing pauses, to reach the API server. */
  start(): void;
  /** Ends observing; what is known stays. */
  stop(): void;
}
