import { formatHostPort } from "../host-port.ts";
import type { ClusterObserver } from "../kubernetes/cluster-observer.ts";
import type { DataPod } from "../kubernetes/data-pods.ts";
import { isOwnManager, type OwnManager, type Peer } from "./peer.ts";
import { type IsolationSettings, type IsolationSettingsSources, mergeIsolationSettings } from "./settings.ts";

/** What isolation is told by: what was configured, and what is known of the cluster. */
export interface ClusterView {
  /** The other instances' managers, each once, without our own. */
  peers(): readonly Peer[];
  isolationSettings(): IsolationSettings;
}

/** What a cluster view is made from. */
export interface ClusterViewOptions {
  /** Unset: the view holds what is configured. */
  readonly observer: Pick<ClusterObserver, "current" | "subscribe"> | undefined;
  /** Peers that are known without Kubernetes. */
  readonly staticPeers: readonly Peer[];
  /** The port of the manager in every pod. */
  readonly peerPort: number;
  readonly own: OwnManager;
  readonly settings: Pick<IsolationSettingsSources, "environment" | "defaults">;
}

/**
 * Creates a view.
 *
 * A list without any other pod leaves the peers as they were: those that are gone for a moment are the ones that tell
 * of isolation.
 */
export function createClusterView(options: ClusterViewOptions): ClusterView {
  const { observer, staticPeers, settings } = options;
  let peersOfPods: readonly Peer[] = [];

  function takePods(): void {
    const peers = toPeers(observer?.current()?.state.pods ?? [], options);
    if (peers.length > 0) peersOfPods = peers;
  }

  observer?.subscribe(takePods);
  takePods();

  return {
    peers() {
      // What an earlier run stored is known without a change.
      if (peersOfPods.length === 0) takePods();
      const candidates = [...staticPeers, ...peersOfPods].filter((peer) => !isOwnManager(peer, options.own));
      return [...new Map(candidates.map((peer) => [formatHostPort(peer.host, peer.port), peer])).values()];
    },
    isolationSettings: () =>
      mergeIsolationSettings({ ...settings, cluster: observer?.current()?.state.isolation }),
  };
}

function toPeers(pods: readonly DataPod[], { peerPort, own }: ClusterViewOptions): readonly Peer[] {
  return pods
    .filter(({ name }) => name !== own.podName)
    .map(({ ip }) => ({ host: ip, port: peerPort }))
    .filter((peer) => !isOwnManager(peer, own));
}
