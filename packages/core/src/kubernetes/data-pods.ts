import { isIP } from "node:net";
import { InstanceError } from "../errors.ts";
import type { ExchangeOptions } from "../http-exchange.ts";
import type { KubernetesApi } from "./api.ts";
import { readFields } from "./fields.ts";
import type { ClusterName } from "./redis-cluster.ts";

/** A pod with a redis-server that others can reach. */
export interface DataPod {
  readonly name: string;
  readonly ip: string;
}

// A pod is 10 to 30 KiB of JSON, so that a page stays near 1 MiB.
const podsPerPage = 50;

// Far beyond any cluster; an API server that never ends its list must not keep us.
const longestList = 20;

/**
 * Lists the data pods of a cluster, without those that are being deleted, have ended or have no IP address yet.
 *
 * @param options.timeoutMs - For each page of the list.
 * @throws InstanceError as {@link KubernetesApi.getJson}; `KUBERNETES_REPLY_INVALID` if it is no list of pods.
 */
export async function readDataPods(
  api: KubernetesApi,
  { namespace, name }: ClusterName,
  options: ExchangeOptions,
): Promise<readonly DataPod[]> {
  const pods: DataPod[] = [];
  let next: string | undefined;
  for (let page = 0; page < longestList; page += 1) {
    const query = new URLSearchParams({
      labelSelector: `redis.io/cluster=${name},redis.io/workload=data`,
      limit: String(podsPerPage),
      ...(next !== undefined && { continue: next }),
    });
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?${query.toString()}`;
    const list = parsePodList(await api.getJson(path, options), `the pod list of ${namespace}/${name}`);
    pods.push(...list.pods);
    next = list.next;
    if (next === undefined) return pods;
  }
  throw new InstanceError(
    "KUBERNETES_REPLY_INVALID",
    `the pod list of ${namespace}/${name} has over ${longestList * podsPerPage} pods`,
  );
}

/**
 * Parses one page of a pod list.
 *
 * @returns The pods that can be reached, and the token of the next page, if there is one.
 * @throws InstanceError `KUBERNETES_REPLY_INVALID`, naming the field that doesn't fit.
 */
export function parsePodList(
  value: unknown,
  what: string,
): { readonly pods: readonly DataPod[]; readonly next: string | undefined } {
  const list = readFields(value, what);
  return {
    pods: list.list("items").flatMap((item, index) => parsePod(item, `${what}, item ${index}`)),
    next: list.string("metadata.continue"),
  };
}

function parsePod(item: unknown, what: string): readonly DataPod[] {
  const pod = readFields(item, what);
  const name = pod.string("metadata.name");
  const ip = pod.string("status.podIP");
  const phase = pod.string("status.phase");
  if (name === undefined) throw new InstanceError("KUBERNETES_REPLY_INVALID", `${what} has no name`);
  if (ip === undefined || isIP(ip) === 0) return [];
  if (pod.string("metadata.deletionTimestamp") !== undefined) return [];
  // A pod that has ended (an evicted one) still shows its address, which may be another pod's by now.
  if (phase === "Succeeded" || phase === "Failed") return [];
  return [{ name, ip }];
}
