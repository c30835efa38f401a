export { createAskPeers } from "./ask-peers.ts";
export { createClusterView } from "./cluster-view.ts";
export { type FailsafeView, findObjection } from "./failsafe-view.ts";
export { createIsolationMonitor, type IsolationMonitor } from "./isolation-monitor.ts";
export type { LivenessReport } from "./liveness-report.ts";
export { parsePeers } from "./peer.ts";
export { createSelfFencing } from "./self-fencing.ts";
export type { LivenessVerdict } from "./verdict.ts";
export { createWriteLease } from "./write-lease.ts";
