import type { ApiServerState } from "./verdict.ts";

/** What is known of a primary that may have to stop taking writes. */
export interface WriteHoldObservation {
  /** Whether the liveness verdict is that it reaches nobody. */
  readonly isIsolated: boolean;
  readonly apiServer: ApiServerState;
  /** Whether every peer that answered holds something against it as the primary. */
  readonly doAllPeersObject: boolean;
  /** Why its writes are held already, if they are. */
  readonly heldBecause: HoldReason | undefined;
  /**
   * Whom the RedisCluster names, read after the path has healed. `unread`: it couldn't be read; `given-up`: not after
   * several attempts either; `not-asked`: nothing made it necessary, or there is no RedisCluster.
   */
  readonly named: "this-pod" | "another-pod" | "nobody" | "unread" | "given-up" | "not-asked";
}

/**
 * Why writes are held. `unproven`: no check has been made since the instance became the primary; `not-confirmed`: the path
 * has healed, and nobody has said yet who the primary is now.
 */
export type HoldReason = "unproven" | "isolated" | "superseded" | "not-confirmed";

/** Whether writes are to be held, and why. */
export type WriteHold = { readonly hold: true; readonly because: HoldReason } | { readonly hold: false };

/**
 * Decides whether a primary's writes are held.
 *
 * A hold begins when the primary is isolated, or reaches only peers that know of another one and not the API server; and
 * for the moment until the first check, because a primary that was isolated may just have been started again. It ends when the path has healed, and then not before the API server, where that is what is reached, has been asked who
 * the primary is now: what clients have waited to write must not go to one that was replaced in the meantime.
 */
export function decideWriteHold(observation: WriteHoldObservation): WriteHold {
  const { isIsolated, apiServer, doAllPeersObject, heldBecause, named } = observation;
  if (isIsolated) return { hold: true, because: "isolated" };
  if (apiServer === "unreachable" && doAllPeersObject) return { hold: true, because: "superseded" };
  // One that was just promoted may not be named yet.
  const wasCutOff = heldBecause !== undefined && heldBecause !== "unproven";
  if (!wasCutOff || apiServer !== "reachable") return { hold: false };
  if (named === "another-pod") return { hold: true, because: "superseded" };
  if (named === "unread") return { hold: true, because: "not-confirmed" };
  return { hold: false };
}
