import { createInstanceClient, type InstanceClient, type InstanceStatus } from "@redis-operator/client";
import { type ClusterPod, type RedisClusterOnHost, waitFor } from "@redis-operator/testbed";
import * as z from "zod";

const declaredSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
  status: z.object({ currentPrimary: z.string().optional() }).default({}),
});

/** What the RedisCluster says now. */
export function readDeclared({ api, name }: RedisClusterOnHost): {
  readonly currentPrimary: string | undefined;
  readonly fenced: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
} {
  const { metadata, status } = declaredSchema.parse(api.redisCluster(name));
  const fenced = z
    .array(z.string())
    .parse(JSON.parse(metadata.annotations["redis.io/fencedInstances"] ?? "[]"));
  return { currentPrimary: status.currentPrimary, fenced, annotations: metadata.annotations };
}

/** @throws Error if there is no such pod. */
export function podOf({ pods }: RedisClusterOnHost, name: string): ClusterPod {
  const pod = pods.find((candidate) => candidate.name === name);
  if (pod === undefined) throw new Error(`the cluster has no pod ${name}`);
  return pod;
}

/** The client of a pod. */
export function clientOf(cluster: RedisClusterOnHost, name: string): InstanceClient {
  const { host, port } = podOf(cluster, name);
  return createInstanceClient({ host, port });
}

/** How many instances answer as a primary. */
export async function countPrimaries(cluster: RedisClusterOnHost): Promise<number> {
  const statuses = await Promise.all(cluster.pods.map(({ name }) => clientOf(cluster, name).status()));
  return statuses.filter(({ role }) => role === "master").length;
}

/** Waits until one pod is named and a primary, and every other follows it, with no fence left. @returns Its name. */
export async function becomesWhole(
  cluster: RedisClusterOnHost,
  { primaryIsNot }: { readonly primaryIsNot?: string } = {},
): Promise<string> {
  return waitFor(
    async () => {
      const { currentPrimary, fenced } = readDeclared(cluster);
      const primary = cluster.pods.find(({ name }) => name === currentPrimary);
      if (primary === undefined || primary.name === primaryIsNot || fenced.length > 0) return false;
      const statuses = await Promise.all(
        cluster.pods.map(async ({ name }) => ({ name, status: await clientOf(cluster, name).status() })),
      );
      const isWhole = statuses.every(({ name, status }) =>
        name === primary.name ? status.role === "master" : isLinked(status, primary.redisPort),
      );
      return isWhole && primary.name;
    },
    { what: "the cluster to be whole", timeoutMs: 50_000 },
  );
}

function isLinked(status: InstanceStatus, port: number): boolean {
  return status.role === "slave" && status.masterLinkStatus === "up" && status.primary?.port === port;
}
