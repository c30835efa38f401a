import type { PrimaryIsolationSpec } from "../kubernetes/redis-cluster.ts";

/** How primary isolation is watched for. */
export interface IsolationSettings {
  readonly enabled: boolean;
  readonly apiServerTimeoutMs: number;
  readonly peerTimeoutMs: number;
}

/** Where each setting may come from. */
export interface IsolationSettingsSources {
  /** What is set in the environment: it wins. */
  readonly environment: { readonly [Name in keyof IsolationSettings]?: IsolationSettings[Name] | undefined };
  /** What the RedisCluster says, if it has been read. */
  readonly cluster: PrimaryIsolationSpec | undefined;
  readonly defaults: IsolationSettings;
}

/** Takes each setting from the environment, else from the RedisCluster, else from the defaults. */
export function mergeIsolationSettings(sources: IsolationSettingsSources): IsolationSettings {
  const { environment, cluster, defaults } = sources;
  return {
    enabled: environment.enabled ?? cluster?.enabled ?? defaults.enabled,
    apiServerTimeoutMs:
      environment.apiServerTimeoutMs ?? cluster?.apiServerTimeoutMs ?? defaults.apiServerTimeoutMs,
    peerTimeoutMs: environment.peerTimeoutMs ?? cluster?.peerTimeoutMs ?? defaults.peerTimeoutMs,
  };
}
