import { request } from "node:http";
import { type ExchangeOptions, observeAnswer } from "../http-exchange.ts";
import { formatHostPort } from "../host-port.ts";
import type { Peer } from "./peer.ts";

/** What came of asking all peers. `cancelled`: the question was given up before any had answered. */
export type PeersAnswer =
  | { readonly outcome: "reachable"; readonly peer: string; readonly status: number }
  | { readonly outcome: "unreachable"; readonly reasons: readonly string[] }
  | { readonly outcome: "cancelled" };

/**
 * Asks all peers at once; the first answer wins and cancels the other questions. Any HTTP answer proves the path.
 *
 * Never rejects.
 */
export async function askPeers(peers: readonly Peer[], options: ExchangeOptions): Promise<PeersAnswer> {
  const answered = new AbortController();
  const signal = AbortSignal.any([
    answered.signal,
    ...(options.signal === undefined ? [] : [options.signal]),
  ]);

  const answers = await Promise.all(
    peers.map(async (peer) => {
      const answer = await observeAnswer(() => ask(peer), { ...options, signal });
      if (answer.outcome === "reachable") answered.abort();
      return { ...answer, peer: formatHostPort(peer.host, peer.port) };
    }),
  );

  const first = answers.find((answer) => answer.outcome === "reachable");
  if (first !== undefined) return first;
  if (options.signal?.aborted) return { outcome: "cancelled" };
  return {
    outcome: "unreachable",
    reasons: answers.flatMap((answer) =>
      answer.outcome === "unreachable" ? [`${answer.peer}: ${answer.reason}`] : [],
    ),
  };
}

function ask({ host, port }: Peer) {
  // Not /healthz: there a peer that is a primary too would ask us in turn, and both would wait for each other. Of a
  // path that it doesn't know it says so from memory.
  return request({ host, port, path: "/", agent: false });
}
