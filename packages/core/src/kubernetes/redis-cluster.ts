import type { ExchangeOptions } from "../http-exchange.ts";
import type { KubernetesApi } from "./api.ts";
import { parseDuration } from "./duration.ts";
import { readFields } from "./fields.ts";

/** Which RedisCluster. */
export interface ClusterName {
  readonly namespace: string;
  readonly name: string;
}

/** What an agent reads of its RedisCluster; a field that isn't set there is `undefined`. */
export interface RedisCluster {
  readonly spec: {
    readonly primaryIsolation: {
      readonly enabled: boolean | undefined;
      readonly apiServerTimeoutMs: number | undefined;
      readonly peerTimeoutMs: number | undefined;
    };
    /** Directives of redis.conf by name. */
    readonly redis: Readonly<Record<string, string>>;
  };
  readonly status: {
    /** The name of the primary's pod. */
    readonly currentPrimary: string | undefined;
  };
}

/**
 * Reads the RedisCluster.
 *
 * @throws InstanceError as {@link KubernetesApi.getJson}; `KUBERNETES_REPLY_INVALID` as {@link parseRedisCluster}.
 */
export async function readRedisCluster(
  api: KubernetesApi,
  { namespace, name }: ClusterName,
  options: ExchangeOptions,
): Promise<RedisCluster> {
  const path = `/apis/redis.io/v1/namespaces/${encodeURIComponent(namespace)}/redisclusters/${encodeURIComponent(name)}`;
  return parseRedisCluster(await api.getJson(path, options), `RedisCluster ${namespace}/${name}`);
}

/**
 * Parses a RedisCluster.
 *
 * @param what - Names it in messages.
 * @throws InstanceError `KUBERNETES_REPLY_INVALID`, naming the field, if one doesn't fit. It is never replaced by its
 * default: a timeout that nobody asked for decides whether a primary lives.
 */
export function parseRedisCluster(value: unknown, what: string): RedisCluster {
  const fields = readFields(value, what);
  return {
    spec: {
      primaryIsolation: {
        enabled: fields.boolean("spec.primaryIsolation.enabled"),
        apiServerTimeoutMs: fields.parsed("spec.primaryIsolation.apiServerTimeout", parseDuration),
        peerTimeoutMs: fields.parsed("spec.primaryIsolation.peerTimeout", parseDuration),
      },
      redis: fields.strings("spec.redis"),
    },
    status: { currentPrimary: fields.string("status.currentPrimary") },
  };
}
