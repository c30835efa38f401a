export { askPeers } from "./ask-peers.ts";
export { type ClusterView, type ClusterViewOptions, createClusterView } from "./cluster-view.ts";
export { createLivenessCheck, type LivenessCheck, type LivenessCheckDeps } from "./liveness-check.ts";
export type { CheckReport, LivenessReport } from "./liveness-report.ts";
export { type OwnManager, parsePeers, type Peer } from "./peer.ts";
export type { IsolationSettings } from "./settings.ts";
export type { LivenessVerdict } from "./verdict.ts";
