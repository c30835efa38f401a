import type { ClusterPort } from "@redis-operator/client/failover";
import type { Pod } from "./pods.ts";
import {
  annotations,
  type ClusterChange,
  type RedisCluster,
  type RedisClusterStore,
} from "./redis-cluster.ts";

/**
 * What `executePlan` asks of Kubernetes.
 *
 * There is no `isGone`: a pod of a StatefulSet that is lost for good comes back under its name, finds its fence and says so.
 */
export function createClusterPort(store: RedisClusterStore, podOf: (name: string) => Pod): ClusterPort {
  return {
    async read({ signal }) {
      const { currentPrimary, fenced, state } = await store.read(signal);
      return { currentPrimary, fenced, generation: state.generation };
    },
    fence: (instance, { signal }) =>
      store.update((cluster) => withFences(cluster, [...new Set([...cluster.fenced, instance])]), signal),
    unfence: (instance, { signal }) =>
      store.update(
        (cluster) =>
          withFences(
            cluster,
            cluster.fenced.filter((name) => name !== instance),
          ),
        signal,
      ),
    namePrimary: (instance, { previous, signal }) =>
      store.update((cluster) => {
        if (cluster.currentPrimary === previous) return { currentPrimary: instance };
        throw new Error(`status.currentPrimary names ${cluster.currentPrimary}, not ${previous}`);
      }, signal),
    redisAddress: async (instance) => podOf(instance).redis,
  };
}

function withFences({ fenced }: RedisCluster, next: readonly string[]): ClusterChange | undefined {
  if (next.length === fenced.length) return undefined;
  return { annotations: { [annotations.fenced]: JSON.stringify(next) } };
}
