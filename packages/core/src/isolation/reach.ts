import { setTimeout as pause } from "node:timers/promises";
import type { ExchangeOptions, Reachability } from "../http-exchange.ts";
import type { AskPeers, AskPeersOptions, PeersAnswer } from "./ask-peers.ts";
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
  readonly askPeers: AskPeers;
}

/** Whom to ask, how long to wait, and by which clock. */
export interface ReachOptions {
  readonly peers: readonly Peer[];
  readonly settings: IsolationSettings;
  /** How long the peers alone are asked; the API server is asked as well when they fail or are silent for so long. */
  readonly headStartMs: number;
  /** Asks the API server whatever the peers say, and waits for its answer. */
  readonly isApiServerWanted: boolean;
  readonly findObjection: AskPeersOptions["findObjection"];
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** How far an instance reaches. */
export interface Reach {
  readonly apiServer: Observed<ApiServerState>;
  readonly peers: Observed<PeersState>;
  /** What the peers hold against this instance as the primary, if all that answered do. */
  readonly objections: readonly string[];
}

/**
 * Asks the peers and then the API server; the first proof cancels what is still open. It takes the longer of the two
 * timeouts and the head start at the most. Where no peer is known, the API server is not asked: no answer of its could
 * tell that the instance is isolated.
 *
 * The peers come first because they cost nobody but each other, whereas thousands of pods share an API server.
 */
export async function observeReach(
  { probeApiServer, askPeers }: ReachPorts,
  { peers, settings, headStartMs, isApiServerWanted, findObjection, signal: outer, now }: ReachOptions,
): Promise<Reach> {
  const enough = new AbortController();
  const signal = AbortSignal.any([enough.signal, outer]);

  async function observePeers(): Promise<Omit<Reach, "apiServer">> {
    const startedAt = now();
    if (peers.length === 0) {
      if (!isApiServerWanted) enough.abort();
      return { peers: { outcome: "none-known", startedAt, endedAt: startedAt }, objections: [] };
    }
    const answer = await askPeers(peers, { timeoutMs: settings.peerTimeoutMs, signal, findObjection });
    const objections = answer.outcome === "reachable" ? answer.objections : [];
    const isProof = answer.outcome === "reachable" && objections.length === 0;
    if (isProof && !isApiServerWanted) enough.abort();
    return { peers: { ...toPeersState(answer), startedAt, endedAt: now() }, objections };
  }

  async function observeApiServer(askingPeers: Promise<unknown>): Promise<Observed<ApiServerState>> {
    if (probeApiServer === undefined) {
      const at = now();
      return { outcome: "not-configured", startedAt: at, endedAt: at };
    }
    // Ends early, by a rejection, when a peer has answered.
    const headStart = pause(headStartMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (!isApiServerWanted) await Promise.race([askingPeers, headStart]);
    const startedAt = now();
    if (signal.aborted) return { outcome: "not-asked", startedAt, endedAt: startedAt };
    const answer = await probeApiServer({ timeoutMs: settings.apiServerTimeoutMs, signal });
    if (answer.outcome === "reachable") enough.abort();
    return { ...toApiServerState(answer), startedAt, endedAt: now() };
  }

  const asking = observePeers();
  const [ofPeers, apiServer] = await Promise.all([asking, observeApiServer(asking)]);
  return { ...ofPeers, apiServer };
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
  const { peer, status, objections } = answer;
  const detail = objections.length === 0 ? `${peer} answered ${status}` : objections.join("; ");
  return { outcome: "reachable", detail };
}
