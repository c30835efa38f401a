import { setTimeout as pause } from "node:timers/promises";
import type { ExchangeOptions, Reachability } from "../http-exchange.ts";
import type { PeersAnswer } from "./ask-peers.ts";
import type { Peer } from "./peer.ts";
import type { IsolationSettings } from "./settings.ts";
import type { ApiServerState, PeersState } from "./verdict.ts";

/** One outcome, why it is so, and when it was found out (as `now` tells time, in milliseconds). */
export interface Observed<Outcome> {
  readonly outcome: Outcome;
  readonly detail?: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** The two questions that prove a network path. Both keep to their deadline and never reject. */
export interface ReachPorts {
  /** Unset: no API server is configured. */
  readonly probeApiServer: ((options: ExchangeOptions) => Promise<Reachability>) | undefined;
  readonly askPeers: (peers: readonly Peer[], options: ExchangeOptions) => Promise<PeersAnswer>;
}

/** Whom to ask, how long to wait, and by which clock. */
export interface ReachOptions {
  readonly peers: readonly Peer[];
  readonly settings: IsolationSettings;
  /** How long the API server alone is asked; peers are asked as well when it fails or is silent for so long. */
  readonly peerHeadStartMs: number;
  readonly now: () => number;
}

/** How far an instance reaches. */
export interface Reach {
  readonly apiServer: Observed<ApiServerState>;
  readonly peers: Observed<PeersState>;
}

/**
 * Asks the API server and then the peers; the first proof cancels what is still open. It takes the longer of the two
 * timeouts and the head start at the most; where no peer is known, the head start, because no answer of the API
 * server could then tell that the instance is isolated.
 */
export async function observeReach(
  { probeApiServer, askPeers }: ReachPorts,
  { peers, settings, peerHeadStartMs, now }: ReachOptions,
): Promise<Reach> {
  const enough = new AbortController();
  const { signal } = enough;

  async function observeApiServer(): Promise<Observed<ApiServerState>> {
    const startedAt = now();
    if (probeApiServer === undefined) return { outcome: "not-configured", startedAt, endedAt: startedAt };
    const answer = await probeApiServer({ timeoutMs: settings.apiServerTimeoutMs, signal });
    if (answer.outcome === "reachable") enough.abort();
    return { ...toApiServerState(answer), startedAt, endedAt: now() };
  }

  async function observePeers(apiServer: Promise<unknown>): Promise<Observed<PeersState>> {
    // Ends early, by a rejection, when the API server has answered.
    const headStart = pause(peerHeadStartMs, undefined, { signal, ref: false }).catch(() => undefined);
    await Promise.race([apiServer, headStart]);
    const startedAt = now();
    if (peers.length === 0) {
      enough.abort();
      return { outcome: "none-known", startedAt, endedAt: startedAt };
    }
    if (signal.aborted) return { outcome: "not-asked", startedAt, endedAt: startedAt };
    const answer = await askPeers(peers, { timeoutMs: settings.peerTimeoutMs, signal });
    if (answer.outcome === "reachable") enough.abort();
    return { ...toPeersState(answer), startedAt, endedAt: now() };
  }

  const asking = observeApiServer();
  const [apiServer, peersObserved] = await Promise.all([asking, observePeers(asking)]);
  return { apiServer, peers: peersObserved };
}

const givenUp = { outcome: "not-asked", detail: "given up: its answer was no longer needed" } as const;

type Untimed<State> = Omit<Observed<State>, "startedAt" | "endedAt">;

function toApiServerState(answer: Reachability): Untimed<ApiServerState> {
  if (answer.outcome === "cancelled") return givenUp;
  if (answer.outcome === "unreachable") return { outcome: "unreachable", detail: answer.reason };
  return { outcome: "reachable", detail: `answered ${answer.status}` };
}

function toPeersState(answer: PeersAnswer): Untimed<PeersState> {
  if (answer.outcome === "cancelled") return givenUp;
  if (answer.outcome === "unreachable") return { outcome: "unreachable", detail: answer.reasons.join("; ") };
  return { outcome: "reachable", detail: `${answer.peer} answered ${answer.status}` };
}
