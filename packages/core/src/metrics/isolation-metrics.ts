import { Counter, type Registry } from "prom-client";
import type { IsolationObserver, IsolationState } from "../isolation/isolation-state.ts";
import { type StateGauge, toFlag } from "./state-gauges.ts";

/** Gauges of what the last isolation check found. */
export const isolationGauges: readonly StateGauge<IsolationState>[] = [
  {
    name: "instance_manager_primary_isolated",
    help: "Whether this is a primary that reaches neither the API server nor any peer (1) or not (0); absent while isolation is not watched for.",
    read: ({ isWatched, isIsolated }) => (isWatched ? Number(isIsolated) : undefined),
  },
  {
    name: "instance_manager_api_server_reachable",
    help: "Whether the API server answered the last isolation check; absent where it was not asked, as when a peer answered first, and on a replica.",
    read: ({ apiServer }) => toFlag(isReachable(apiServer)),
  },
  {
    name: "instance_manager_peers",
    help: "Managers of other instances that are known.",
    read: ({ knownPeers }) => knownPeers,
  },
  {
    name: "instance_manager_peers_reachable",
    help: "Whether any peer answered the last isolation check (1) or none did (0): the first answer ends it; absent where none was asked, as on a replica.",
    read: ({ peers }) => toFlag(isReachable(peers)),
  },
  {
    name: "instance_manager_isolation_check_age_seconds",
    help: "Seconds since the last isolation check ended; absent on a replica, and before a primary's first.",
    read: ({ checkedMsAgo }) => (checkedMsAgo === undefined ? undefined : checkedMsAgo / 1e3),
  },
  {
    name: "instance_manager_writes_held",
    help: "Whether self-fencing holds the writes of Redis' clients (1) or not (0); absent unless it is enabled.",
    read: ({ areWritesHeld }) => toFlag(areWritesHeld),
  },
];

/** Registers what is counted of isolation checks. */
export function registerIsolationMetrics(registry: Registry): Pick<IsolationObserver, "isolationChecked"> {
  const checks = new Counter({
    name: "instance_manager_isolation_checks_total",
    help: "Isolation checks of a primary: it reached a peer or the API server, or neither.",
    labelNames: ["outcome"],
    registers: [registry],
  });
  for (const outcome of ["reachable", "isolated"]) checks.inc({ outcome }, 0);
  return { isolationChecked: (outcome) => checks.inc({ outcome }) };
}

function isReachable(outcome: IsolationState["apiServer"] | IsolationState["peers"]): boolean | undefined {
  if (outcome === "reachable") return true;
  return outcome === "unreachable" ? false : undefined;
}
