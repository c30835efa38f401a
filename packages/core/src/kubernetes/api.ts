import type { ClientRequest, IncomingMessage } from "node:http";
import { request } from "node:https";
import { describeError, InstanceError, isInstanceError } from "../errors.ts";
import { exchange, type ExchangeOptions } from "../http-exchange.ts";
import { formatHostPort } from "../host-port.ts";
import { ApiRefusal, readRefusal } from "./refusal.ts";
import { parseJson, readBody, readLines } from "./reply.ts";
import { readServiceAccount, type ServiceAccount } from "./service-account.ts";
import { parseWatchEvent, type WatchEvent } from "./watch-event.ts";

/** The Kubernetes API server, as far as an agent reads from it. */
export interface KubernetesApi {
  /** `host:port`, for messages. */
  readonly address: string;
  /**
   * Reads one resource.
   *
   * @param path - Path and query, encoded.
   * @param options.timeoutMs - Covers everything up to the last byte of the body.
   * @throws InstanceError `KUBERNETES_UNREACHABLE` (no connection, TLS, timed out, cancelled, no service account);
   * `KUBERNETES_REFUSED` (any status but 200, its cause an {@link ApiRefusal}); `KUBERNETES_REPLY_INVALID` (no JSON, or
   * over the size limit).
   */
  getJson(path: string, options: ExchangeOptions): Promise<unknown>;
  /**
   * Hands over the events of a watch as they come, until the API server ends it.
   *
   * @throws InstanceError as {@link getJson}; `KUBERNETES_REFUSED` for an `ERROR` event too.
   */
  watch(path: string, options: WatchOptions): Promise<void>;
}

/** How long a watch may take, and where its events go. */
export interface WatchOptions extends ExchangeOptions {
  /** Up to the response's head, which the API server sends at once. */
  readonly timeoutMs: number;
  /** From there on. */
  readonly bodyTimeoutMs: number;
  /** Called when the API server has agreed to the watch. */
  readonly onOpen: () => void;
  readonly onEvent: (event: WatchEvent) => void;
}

/** Where the API server is, and with which service account we speak to it. */
export interface KubernetesApiOptions {
  readonly host: string;
  readonly port: number;
  /** Folder with `token` and `ca.crt`, read anew for every request. */
  readonly serviceAccountDir: string;
}

// A peer that is gone without a word is noticed after this and ten more seconds: Node repeats an unanswered probe ten
// times, once a second.
const keepAliveDelayMs = 30_000;

/** Creates a client of the API server. Every request has a socket of its own: a kept one can be half-open. */
export function createKubernetesApi({ host, port, serviceAccountDir }: KubernetesApiOptions): KubernetesApi {
  const address = formatHostPort(host, port);

  function send(path: string, { token, ca }: ServiceAccount): ClientRequest {
    const headers = { accept: "application/json", authorization: `Bearer ${token}` };
    const sent = request({ host, port, path, ca, headers, agent: false });
    return sent.on("socket", (socket) => socket.setKeepAlive(true, keepAliveDelayMs));
  }

  /** Reads a 200's body by `consume`. A token that was rotated in the very moment is read anew and tried once more. */
  async function ask<Result>(
    path: string,
    consume: Consume<Result>,
    options: ExchangeOptions,
  ): Promise<Result> {
    const account = readServiceAccount(serviceAccountDir);
    const accept = async (response: IncomingMessage) =>
      response.statusCode === 200 ? { result: await consume(response) } : readRefusal(response);
    const first = await exchange(() => send(path, account), accept, options);
    if (!(first instanceof ApiRefusal)) return first.result;
    const fresh = readServiceAccount(serviceAccountDir);
    if (first.status !== 401 || fresh.token === account.token) throw first;
    const second = await exchange(() => send(path, fresh), accept, options);
    if (second instanceof ApiRefusal) throw second;
    return second.result;
  }

  return {
    address,
    async getJson(path, options) {
      const attempted = `GET ${path} on the API server at ${address}`;
      const value = parseJson(await askNamingIt(attempted, () => ask(path, readBody, options)));
      if (value !== undefined) return value;
      throw new InstanceError("KUBERNETES_REPLY_INVALID", `${attempted} was answered without JSON`);
    },

    watch(path, { onOpen, onEvent, ...options }) {
      async function handOver(response: IncomingMessage): Promise<void> {
        onOpen();
        for await (const line of readLines(response)) onEvent(parseWatchEvent(line));
      }
      return askNamingIt(`the watch ${path} on the API server at ${address}`, () =>
        ask(path, handOver, options),
      );
    },
  };
}

async function askNamingIt<Result>(attempted: string, asking: () => Promise<Result>): Promise<Result> {
  try {
    return await asking();
  } catch (cause) {
    if (cause instanceof ApiRefusal) {
      const message = `${attempted} was answered ${cause.status}: ${cause.message}`;
      throw new InstanceError("KUBERNETES_REFUSED", message, { cause });
    }
    const code = isInstanceError(cause) ? cause.code : "KUBERNETES_UNREACHABLE";
    throw new InstanceError(code, `${attempted} failed: ${describeError(cause)}`, { cause });
  }
}

type Consume<Result> = (response: IncomingMessage) => Promise<Result>;
