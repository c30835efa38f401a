/** What was seen of one instance and its surroundings: what a verdict rests on, without any opinion. */
export interface LivenessObservation {
  /** `kept-down`: on purpose, as of a fenced instance, or until its role is known. `unknown`: not looked at yet. */
  readonly process: "running" | "not-running" | "kept-down" | "unknown";
  /** `hung`: it has answered nothing, not even an error, for longer than it may. */
  readonly redis: "answering" | "hung";
  readonly isolation: "enabled" | "disabled";
  /** The role that Redis answered last; `unknown` until it has answered once. */
  readonly role: "primary" | "replica" | "unknown";
  readonly apiServer: ApiServerState;
  readonly peers: PeersState;
}

/** `not-asked` also stands for a question that was given up because another one had been answered. */
export type ApiServerState = "reachable" | "unreachable" | "not-configured" | "not-asked";

/** `reachable`: at least one peer answered; `unreachable`: all were asked and none did; `not-asked` as above. */
export type PeersState = "reachable" | "unreachable" | "none-known" | "not-asked";

/** Whether the instance may live on, and the one observation that decided it. */
export type LivenessVerdict =
  | {
      readonly alive: true;
      readonly because:
        | "kept-down"
        | "isolation-disabled"
        | "replica"
        | "role-never-read"
        | "api-server-reachable"
        | "peer-reachable"
        | "no-peer-known"
        | "not-proven";
    }
  | { readonly alive: false; readonly reason: "process-not-running" | "redis-hung" | "primary-isolated" };

/**
 * Decides whether an instance is alive.
 *
 * Dead needs proof: no process that should be there, a Redis that is hung for longer than it may, or a primary that
 * reaches neither the API server nor any of the peers it knows. All that is not known speaks for life, because the
 * other answer stops a Redis that may be healthy.
 */
export function decideLiveness(observation: LivenessObservation): LivenessVerdict {
  const { process, redis, isolation, role, apiServer, peers } = observation;
  if (process === "not-running") return { alive: false, reason: "process-not-running" };
  if (process === "kept-down") return { alive: true, because: "kept-down" };
  if (redis === "hung") return { alive: false, reason: "redis-hung" };
  if (isolation === "disabled") return { alive: true, because: "isolation-disabled" };
  if (role === "replica") return { alive: true, because: "replica" };
  if (role === "unknown") return { alive: true, because: "role-never-read" };
  if (apiServer === "reachable") return { alive: true, because: "api-server-reachable" };
  if (peers === "reachable") return { alive: true, because: "peer-reachable" };
  if (peers === "none-known") return { alive: true, because: "no-peer-known" };
  if (apiServer === "not-asked" || peers === "not-asked") return { alive: true, because: "not-proven" };
  return { alive: false, reason: "primary-isolated" };
}
