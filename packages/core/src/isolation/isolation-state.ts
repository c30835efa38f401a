import type { Reach } from "./reach.ts";
import type { HeldWrites } from "./self-fencing.ts";
import type { ApiServerState, PeersState } from "./verdict.ts";

/** What is known of an instance's isolation, for its metrics. */
export interface IsolationState {
  /** Whether isolation is watched for at all. */
  readonly isWatched: boolean;
  /** Whether this is a primary that reaches nobody. */
  readonly isIsolated: boolean;
  /** As the last check of a primary found it. */
  readonly apiServer: ApiServerState;
  readonly peers: PeersState;
  readonly knownPeers: number;
  /** Milliseconds since the last check of a primary ended; `undefined`: there was none since it became one. */
  readonly checkedMsAgo: number | undefined;
  /** `undefined`: self-fencing is off. */
  readonly areWritesHeld: boolean | undefined;
}

/** Is told of what the background watch does. */
export interface IsolationObserver {
  /** A primary's check that asked somebody has ended. */
  isolationChecked(outcome: "reachable" | "isolated"): void;
  /** The timer of the watch ran so much later than it was due: the event loop was busy. */
  timerRan(timing: { readonly lateMs: number }): void;
}

/** What {@link toIsolationState} puts together. */
export interface IsolationFindings extends Pick<IsolationState, "isWatched" | "isIsolated" | "knownPeers"> {
  readonly reach: Reach | undefined;
  readonly writes: HeldWrites | undefined;
}

/** Puts together what is known now. */
export function toIsolationState(
  { reach, writes, ...known }: IsolationFindings,
  { now }: { readonly now: number },
): IsolationState {
  const checkedAt = reach === undefined ? undefined : Math.max(reach.apiServer.endedAt, reach.peers.endedAt);
  return {
    ...known,
    apiServer: reach?.apiServer.outcome ?? "not-asked",
    peers: reach?.peers.outcome ?? "not-asked",
    checkedMsAgo: checkedAt === undefined ? undefined : now - checkedAt,
    areWritesHeld: writes?.isHeld,
  };
}

/** What a check came to; `undefined` if nobody answered and the instance isn't isolated by that: no peer is known. */
export function outcomeOf(
  { apiServer, peers }: Reach,
  { isIsolated }: { readonly isIsolated: boolean },
): "reachable" | "isolated" | undefined {
  if (isIsolated) return "isolated";
  return [apiServer.outcome, peers.outcome].includes("reachable") ? "reachable" : undefined;
}
