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

/** The pods of a cluster as they were at one moment. */
export interface DataPodList {
  /** Without those that are being deleted, have ended or have no IP address yet. */
  readonly pods: readonly DataPod[];
  /** From where a watch goes on; `undefined` if the API server doesn't say. */
  readonly resourceVersion: string | undefined;
}

/** The path on which a cluster's data pods are listed and watched. */
export function dataPodsPath(
  { namespace, name }: ClusterName,
  query: Readonly<Record<string, string>>,
): string {
  const selected = { labelSelector: `redis.io/cluster=${name},redis.io/workload=data`, ...query };
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?${new URLSearchParams(selected).toString()}`;
}

/**
 * Lists the data pods of a cluster.
 *
 * @param options.timeoutMs - For each page of the list.
 * @throws InstanceError as {@link KubernetesApi.getJson}; `KUBERNETES_REPLY_INVALID` if it is no list of pods.
 */
export async function listDataPods(
  api: KubernetesApi,
  cluster: ClusterName,
  options: ExchangeOptions,
): Promise<DataPodList> {
  const what = `the pod list of ${cluster.namespace}/${cluster.name}`;
  const pods: DataPod[] = [];
  let next: string | undefined;
  for (let page = 0; page < longestList; page += 1) {
    const path = dataPodsPath(cluster, {
      limit: String(podsPerPage),
      ...(next !== undefined && { continue: next }),
    });
    const list = parsePodList(await api.getJson(path, options), what);
    pods.push(...list.pods);
    next = list.next;
    if (next === undefined) return { pods, resourceVersion: list.resourceVersion };
  }
  throw new InstanceError("KUBERNETES_REPLY_INVALID", `${what} has over ${longestList * podsPerPage} pods`);
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
): DataPodList & { readonly next: string | undefined } {
  const list = readFields(value, what);
  return {
    pods: list.list("items").flatMap((item, index) => {
      const { name, ip } = parsePod(item, `${what}, item ${index}`);
      return ip === undefined ? [] : [{ name, ip }];
    }),
    resourceVersion: list.string("metadata.resourceVersion"),
    next: list.string("metadata.continue"),
  };
}

/**
 * Parses a pod.
 *
 * @returns Its name, and its address unless it can't be reached: it has none yet, is being deleted or has ended.
 * @throws InstanceError as {@link parsePodList}.
 */
export function parsePod(
  value: unknown,
  what: string,
): { readonly name: string; readonly ip: string | undefined } {
  const pod = readFields(value, what);
  const name = pod.string("metadata.name");
  const ip = pod.string("status.podIP");
  const phase = pod.string("status.phase");
  if (name === undefined) throw new InstanceError("KUBERNETES_REPLY_INVALID", `${what} has no name`);
  const isLeaving = pod.string("metadata.deletionTimestamp") !== undefined;
  // A pod that has ended (an evicted one) still shows its address, which may be another pod's by now.
  const hasEnded = phase === "Succeeded" || phase === "Failed";
  const isReachable = ip !== undefined && isIP(ip) !== 0 && !isLeaving && !hasEnded;
  return { name, ip: isReachable ? ip : undefined };
}
