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

/** What a Redis has to know to start. */
export interface BootSpec {
  /** `status.currentPrimary`: the name of the primary's pod. */
  readonly currentPrimary: string | undefined;
  /** `spec.redis`: directives of redis.conf by name. */
  readonly directives: Readonly<Record<string, string>>;
}

/** How a part of the RedisCluster is read. */
export interface ReadOptions<Part> extends ExchangeOptions {
  /** Takes what it needs and leaves the rest alone, so that a mistake elsewhere doesn't matter. */
  readonly parse: (cluster: Fields) => Part;
}

/**
 * Reads a part of the RedisCluster.
 *
 * @throws InstanceError as {@link KubernetesApi.getJson}; `KUBERNETES_REPLY_INVALID`, naming the field, if one that
 * `parse` takes doesn't fit. It is never replaced by its default: a timeout that nobody asked for decides whether a
 * primary lives.
 */
export async function readRedisCluster<Part>(
  api: KubernetesApi,
  { namespace, name }: ClusterName,
  { parse, ...options }: ReadOptions<Part>,
): Promise<Part> {
  const path = `/apis/redis.io/v1/namespaces/${encodeURIComponent(namespace)}/redisclusters/${encodeURIComponent(name)}`;
  return parse(readFields(await api.getJson(path, options), `RedisCluster ${namespace}/${name}`));
}

/** How primary isolation is to be watched for. */
export function parsePrimaryIsolation(cluster: Fields): PrimaryIsolationSpec {
  return {
    enabled: cluster.boolean("spec.primaryIsolation.enabled"),
    apiServerTimeoutMs: cluster.parsed("spec.primaryIsolation.apiServerTimeout", parseDuration),
    peerTimeoutMs: cluster.parsed("spec.primaryIsolation.peerTimeout", parseDuration),
  };
}

/** As what and how a Redis is to start. */
export function parseBootSpec(cluster: Fields): BootSpec {
  return {
    currentPrimary: cluster.string("status.currentPrimary"),
    directives: cluster.strings("spec.redis"),
  };
}
