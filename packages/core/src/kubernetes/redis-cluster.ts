import { InstanceError } from "../errors.ts";
import type { ExchangeOptions } from "../http-exchange.ts";
import type { KubernetesApi } from "./api.ts";
import { parseDuration } from "./duration.ts";
import { type Fields, readFields } from "./fields.ts";

/** Which RedisCluster. */
export interface ClusterName {
  readonly namespace: string;
  readonly name: string;
}

/** `spec.primaryIsolation`; a field that isn't set there is `undefined`. */
export interface PrimaryIsolationSpec {
  readonly enabled: boolean | undefined;
  readonly apiServerTimeoutMs: number | undefined;
  readonly peerTimeoutMs: number | undefined;
}

/**
 * Reads the RedisCluster.
 *
 * @throws InstanceError as {@link KubernetesApi.getJson}; `KUBERNETES_REPLY_INVALID` if it is no object.
 */
export async function readRedisCluster(
  api: KubernetesApi,
  cluster: ClusterName,
  options: ExchangeOptions,
): Promise<Fields> {
  return readFields(await api.getJson(redisClusterPath(cluster), options), describeCluster(cluster));
}

/** How messages name a RedisCluster. */
export function describeCluster({ namespace, name }: ClusterName): string {
  return `RedisCluster ${namespace}/${name}`;
}

/** The path on which one RedisCluster is read. */
export function redisClusterPath({ namespace, name }: ClusterName): string {
  return `${collectionPath(namespace)}/${encodeURIComponent(name)}`;
}

/** The path on which one RedisCluster is watched. */
export function redisClusterWatchPath(
  { namespace, name }: ClusterName,
  query: Readonly<Record<string, string>>,
): string {
  // A role that is restricted to this one name covers a watch with exactly this selector.
  const selected = new URLSearchParams({ fieldSelector: `metadata.name=${name}`, ...query });
  return `${collectionPath(namespace)}?${selected.toString()}`;
}

function collectionPath(namespace: string): string {
  return `/apis/redis.io/v1/namespaces/${encodeURIComponent(namespace)}/redisclusters`;
}

/**
 * How primary isolation is to be watched for.
 *
 * @throws InstanceError `KUBERNETES_REPLY_INVALID`, naming the field, as the parsers below. What doesn't fit is never
 * replaced by its default: a timeout that nobody asked for decides whether a primary lives.
 */
export function parsePrimaryIsolation(cluster: Fields): PrimaryIsolationSpec {
  return {
    enabled: cluster.boolean("spec.primaryIsolation.enabled"),
    apiServerTimeoutMs: cluster.parsed("spec.primaryIsolation.apiServerTimeout", parseDuration),
    peerTimeoutMs: cluster.parsed("spec.primaryIsolation.peerTimeout", parseDuration),
  };
}

/** `status.currentPrimary`: the name of the primary's pod. */
export function parseCurrentPrimary(cluster: Fields): string | undefined {
  return cluster.string("status.currentPrimary");
}

/** `spec.redis`. */
export function parseDirectives(cluster: Fields): Readonly<Record<string, string>> {
  return cluster.strings("spec.redis");
}

const fencedAnnotation = "redis.io/fencedInstances";

/**
 * The pods whose Redis is to be kept down, from the annotation `redis.io/fencedInstances`: a JSON array of names, or
 * `"*"` for all.
 */
export function parseFencedPods(cluster: Fields): readonly string[] {
  const text = cluster.strings("metadata.annotations")[fencedAnnotation];
  // Go writes an empty list as null.
  const list: unknown = text === undefined ? [] : parseAnnotation(text);
  if (Array.isArray(list) && list.every((name) => typeof name === "string")) return list;
  throw invalidAnnotation();
}

function parseAnnotation(text: string): unknown {
  try {
    return JSON.parse(text) ?? [];
  } catch (cause) {
    throw invalidAnnotation({ cause });
  }
}

function invalidAnnotation(options?: ErrorOptions): InstanceError {
  const message = `the annotation ${fencedAnnotation} is no JSON array of pod names`;
  return new InstanceError("KUBERNETES_REPLY_INVALID", message, options);
}
