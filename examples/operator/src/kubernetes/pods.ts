import * as z from "zod";
import { type KubernetesApi, KubernetesError } from "./api.ts";
import type { ClusterName } from "./redis-cluster.ts";

/** A data pod, and where it is reached. */
export interface Pod {
  readonly name: string;
  /** Of its manager. */
  readonly host: string;
  readonly port: number;
  readonly redis: { readonly host: string; readonly port: number };
}

const podSchema = z.object({
  metadata: z.object({ name: z.string() }),
  status: z.object({ podIP: z.string().optional() }).optional(),
});

const podListSchema = z.object({ items: z.array(podSchema) });

/** A pod as the API server has it. */
export type ApiPod = z.infer<typeof podSchema>;

/** Where a pod is reached: at the ports of the contract. One without an address can't be, as one that is silent. */
export function locatePod({ metadata: { name }, status }: ApiPod): Pod {
  // No name below .invalid ever resolves: RFC 2606.
  const host = status?.podIP ?? `${name}.invalid`;
  return { name, host, port: 8080, redis: { host, port: 6379 } };
}

/** Lists the pods of a cluster. @throws KubernetesError */
export async function listPods(
  api: KubernetesApi,
  { namespace, name }: ClusterName,
  signal: AbortSignal,
): Promise<readonly ApiPod[]> {
  const selector = new URLSearchParams({
    labelSelector: `redis.io/cluster=${name},redis.io/workload=data`,
  });
  const path = `/api/v1/namespaces/${namespace}/pods?${selector.toString()}`;
  const parsed = podListSchema.safeParse(await api.get(path, signal));
  if (parsed.success) return parsed.data.items;
  throw new KubernetesError("KUBERNETES_REPLY_INVALID", `GET ${path}: ${z.prettifyError(parsed.error)}`);
}
