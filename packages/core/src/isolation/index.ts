export { askPeers } from "./ask-peers.ts";
export { createClusterView } from "./cluster-view.ts";
export { createLivenessCheck, type LivenessCheck } from "./liveness-check.ts";
export type { LivenessReport } from "./liveness-report.ts";
export { parsePeers } from "./peer.ts";
export type { LivenessVerdict } from "./verdict.ts";
