import { describeError, isInstanceError } from "../errors.ts";
import type { KubernetesApi } from "../kubernetes/api.ts";
import { type DataPod, readDataPods } from "../kubernetes/data-pods.ts";
import {
  type ClusterName,
  parsePrimaryIsolation,
  type PrimaryIsolationSpec,
  readRedisCluster,
} from "../kubernetes/redis-cluster.ts";
import type { Logger } from "../logger.ts";
import { formatHostPort } from "../host-port.ts";
import { isOwnManager, type OwnManager, type Peer } from "./peer.ts";
import { type IsolationSettings, type IsolationSettingsSources, mergeIsolationSettings } from "./settings.ts";

/** What this instance knows of its cluster: what was configured, and what Kubernetes said when it last answered. */
export interface ClusterView {
  /** The other instances' managers, each once, without our own. */
  peers(): readonly Peer[];
  isolationSettings(): IsolationSettings;
  /** Begins to refresh the view from Kubernetes, at once and then at the interval. */
  start(): void;
  /** Ends refreshing; the view stays as it is. */
  stop(): void;
}

/** What a cluster view is made from. */
export interface ClusterViewOptions {
  /** Where to read pods and the RedisCluster; unset: the view holds what is configured. */
  readonly kubernetes: { readonly api: KubernetesApi; readonly cluster: ClusterName } | undefined;
  /** Peers that are known without Kubernetes. */
  readonly staticPeers: readonly Peer[];
  /** The port of the manager in every pod. */
  readonly peerPort: number;
  readonly own: OwnManager;
  readonly settings: Pick<IsolationSettingsSources, "environment" | "defaults">;
  /** Pause between two refreshes; each is up to a tenth shorter or longer, so that pods don't ask in step. */
  readonly refreshIntervalMs: number;
  readonly requestTimeoutMs: number;
  readonly logger: Logger;
}

/** Creates a view that holds what is configured until it is started. */
export function createClusterView(options: ClusterViewOptions): ClusterView {
  const { kubernetes, refreshIntervalMs, requestTimeoutMs, logger } = options;
  const stopping = new AbortController();
  const failing = new Map<string, string>();
  let pods: readonly DataPod[] = [];
  let isolationSpec: PrimaryIsolationSpec | undefined;
  let timer: NodeJS.Timeout | undefined;

  /** A list without any peer changes nothing: peers that are gone for a moment are the ones that tell of isolation. */
  function rememberPods(read: readonly DataPod[]): void {
    if (knownPeers(read, { ...options, staticPeers: [] }).length > 0) pods = read;
  }

  /** Keeps the last view when a read fails, and reports a failure when it begins, changes its kind, or ends. */
  async function refresh(what: string, read: () => Promise<void>): Promise<void> {
    try {
      await read();
      if (failing.delete(what)) logger.info({ what }, "reading from Kubernetes works again");
    } catch (error) {
      const kind = isInstanceError(error) ? error.code : describeError(error);
      if (stopping.signal.aborted || failing.get(what) === kind) return;
      failing.set(what, kind);
      logger.warn({ what, err: error }, "reading from Kubernetes failed: what was read last stays valid");
    }
  }

  async function refreshAll({ api, cluster: name }: NonNullable<typeof kubernetes>): Promise<void> {
    const deadline = { timeoutMs: requestTimeoutMs, signal: stopping.signal };
    await Promise.all([
      refresh("pods", async () => rememberPods(await readDataPods(api, name, deadline))),
      refresh("RedisCluster", async () => {
        isolationSpec = await readRedisCluster(api, name, { ...deadline, parse: parsePrimaryIsolation });
      }),
    ]);
    if (stopping.signal.aborted) return;
    const jitter = 0.9 + Math.random() * 0.2;
    timer = setTimeout(() => void refreshAll({ api, cluster: name }), refreshIntervalMs * jitter).unref();
  }

  return {
    peers: () => knownPeers(pods, options),
    isolationSettings: () => mergeIsolationSettings({ ...options.settings, cluster: isolationSpec }),
    start() {
      if (kubernetes !== undefined) void refreshAll(kubernetes);
    },
    stop() {
      stopping.abort();
      clearTimeout(timer);
    },
  };
}

function knownPeers(
  pods: readonly DataPod[],
  { staticPeers, peerPort, own }: ClusterViewOptions,
): readonly Peer[] {
  const others = pods
    .filter(({ name }) => name !== own.podName)
    .map(({ ip }) => ({ host: ip, port: peerPort }));
  const candidates = [...staticPeers, ...others].filter((peer) => !isOwnManager(peer, own));
  return [...new Map(candidates.map((peer) => [formatHostPort(peer.host, peer.port), peer])).values()];
}
