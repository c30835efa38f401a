import type { InstanceClient } from "../instance-client.ts";

/** The part of an `InstanceClient` that plans need. */
export type PlannedInstance = Pick<InstanceClient, "status" | "promote" | "demote">;

/** What the RedisCluster says, read from the API server itself: a cache that lags lets an old plan go on. */
export interface ClusterState {
  /** `status.currentPrimary`. */
  readonly currentPrimary: string | undefined;
  /** `redis.io/fencedInstances`. */
  readonly fenced: readonly string[];
  /** Of the newest plan that was written down for it. */
  readonly generation: number;
}

/** How long a call to a port may take at the most: its signal aborts then, and the plan is stopped. */
export interface PortOptions {
  readonly signal: AbortSignal;
}

/** What the operator does itself, through Kubernetes. Each change has to be safe to repeat. */
export interface ClusterPort {
  read(options: PortOptions): Promise<ClusterState>;
  /** Adds the instance to `redis.io/fencedInstances`, and leaves the others there. */
  fence(instance: string, options: PortOptions): Promise<void>;
  /** Takes it out of there. */
  unfence(instance: string, options: PortOptions): Promise<void>;
  /**
   * Sets `status.currentPrimary`, on the condition that it is `previous` (`undefined`: that it names nobody): one update with the
   * resource version that was read. It throws if the condition doesn't hold.
   */
  namePrimary(
    instance: string,
    options: PortOptions & { readonly previous: string | undefined },
  ): Promise<void>;
  /** Where its Redis is reached now. */
  redisAddress(
    instance: string,
    options: PortOptions,
  ): Promise<{ readonly host: string; readonly port: number }>;
  /**
   * Tells whether Kubernetes knows that the Redis of this instance runs no more and won't by itself: the kubelet has confirmed the
   * end of the pod, or its node is known to be off. A container that has ended is started again, and a pod that was deleted by
   * force may still run: neither is gone. Left out: nobody ever is.
   */
  isGone?(instance: string, options: PortOptions): Promise<boolean>;
}
