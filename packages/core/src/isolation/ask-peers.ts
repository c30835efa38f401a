import { readFileSync } from "node:fs";
import { type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { join } from "node:path";
import { describeError } from "../errors.ts";
import { formatHostPort } from "../host-port.ts";
import { exchange, type ExchangeOptions } from "../http-exchange.ts";
import { type FailsafeView, parseFailsafeView } from "./failsafe-view.ts";
import type { Peer } from "./peer.ts";

/** What came of asking all peers. `cancelled`: the question was given up before any had answered. */
export type PeersAnswer =
  | {
      readonly outcome: "reachable";
      readonly peer: string;
      readonly status: number;
      /** What they hold against this instance as the primary, if every peer that answered does. */
      readonly objections: readonly string[];
    }
  | { readonly outcome: "unreachable"; readonly reasons: readonly string[] }
  | { readonly outcome: "cancelled" };

/** How peers are asked. */
export interface AskPeersOptions extends ExchangeOptions {
  /** What speaks against this instance in a peer's view; unset: the views don't matter, and aren't read. */
  readonly findObjection?: ((view: FailsafeView) => string | undefined) | undefined;
}

/** Asks all peers at once; never rejects. */
export type AskPeers = (peers: readonly Peer[], options: AskPeersOptions) => Promise<PeersAnswer>;

type Answer =
  | { readonly peer: string; readonly status: number; readonly objection: string | undefined }
  | { readonly peer: string; readonly status: undefined; readonly reason: string };

/**
 * Creates the question to all peers. Any HTTP answer proves the path. The first one that holds nothing against this
 * instance wins and cancels the others; one that doesn't say holds nothing.
 *
 * @param options.tlsDir - Peers serve TLS, and are shown the `tls.crt` in this folder, if they ask for one. Theirs needn't
 * verify: an answer is proof of the path, whoever gave it.
 */
export function createAskPeers({ tlsDir }: { readonly tlsDir: string | undefined }): AskPeers {
  return async (peers, { findObjection, signal: outer, timeoutMs }) => {
    const enough = new AbortController();
    const signal = outer === undefined ? enough.signal : AbortSignal.any([enough.signal, outer]);

    async function ask(peer: Peer): Promise<Answer> {
      const name = formatHostPort(peer.host, peer.port);
      let status: number | undefined;
      try {
        const objection = await exchange(
          () => send(peer, tlsDir),
          async (response) => {
            status = response.statusCode ?? 0;
            if (findObjection === undefined || status !== 200) return undefined;
            return findObjection(parseFailsafeView(await readShortBody(response)));
          },
          { timeoutMs, signal },
        );
        if (objection === undefined) enough.abort();
        return { peer: name, status: status ?? 0, objection };
      } catch (error) {
        if (status === undefined) return { peer: name, status, reason: describeError(error) };
        enough.abort();
        return { peer: name, status, objection: undefined };
      }
    }

    return summarize(await Promise.all(peers.map(ask)), outer?.aborted ?? false);
  };
}

function summarize(answers: readonly Answer[], isCancelled: boolean): PeersAnswer {
  const answered = answers.filter((answer) => answer.status !== undefined);
  const decisive = answered.find(({ objection }) => objection === undefined) ?? answered[0];
  if (decisive !== undefined) {
    const { peer, status, objection } = decisive;
    const objections = answered.map((answer) => `${answer.peer} ${answer.objection}`);
    return { outcome: "reachable", peer, status, objections: objection === undefined ? [] : objections };
  }
  if (isCancelled) return { outcome: "cancelled" };
  const silent = answers.filter((answer) => answer.status === undefined);
  return { outcome: "unreachable", reasons: silent.map(({ peer, reason }) => `${peer}: ${reason}`) };
}

// Not /healthz: what a peer answers must not depend on what it finds out about us. It says this from memory.
const path = "/failsafe";

function send({ host, port }: Peer, tlsDir: string | undefined): ClientRequest {
  if (tlsDir === undefined) return requestHttp({ host, port, path, agent: false });
  return requestHttps({
    host,
    port,
    path,
    agent: false,
    rejectUnauthorized: false,
    ...readOwnCertificate(tlsDir),
  });
}

// Synchronous, as in service-account.ts.
function readOwnCertificate(tlsDir: string): { readonly cert?: Buffer; readonly key?: Buffer } {
  try {
    return { cert: readFileSync(join(tlsDir, "tls.crt")), key: readFileSync(join(tlsDir, "tls.key")) };
  } catch {
    return {};
  }
}

const longestView = 16 * 1024;

async function readShortBody(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) {
    text += String(chunk);
    if (text.length > longestView) throw new Error(`the body exceeds ${longestView} characters`);
  }
  return text;
}
