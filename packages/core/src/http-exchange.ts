import type { ClientRequest, IncomingMessage } from "node:http";
import { describeError } from "./errors.ts";

/** How long an exchange may take, and what ends it early. */
export interface ExchangeOptions {
  /** Covers everything: name lookup, connecting, TLS, the response's head and what `consume` reads of its body. */
  readonly timeoutMs: number;
  /** For a body that comes slowly by its nature: `timeoutMs` ends with the head then, and so long the body has. */
  readonly bodyTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes one HTTP request, hands its response to `consume` and closes the socket, whatever the outcome.
 *
 * @param send - Starts the request; with `agent: false`, so that it is answered on a socket of its own.
 * @throws Error with the reason: that of the network, of `consume`, "timed out after … ms", or "cancelled".
 */
export async function exchange<Result>(
  send: () => ClientRequest,
  consume: (response: IncomingMessage) => Result | Promise<Result>,
  { timeoutMs, bodyTimeoutMs, signal }: ExchangeOptions,
): Promise<Result> {
  if (signal?.aborted) throw new Error("cancelled");
  const request = send();
  const interrupted = Promise.withResolvers<never>();
  const startTimer = (ms: number) =>
    setTimeout(() => interrupted.reject(new Error(`timed out after ${ms} ms`)), ms);
  let timer = startTimer(timeoutMs);
  const cancel = () => interrupted.reject(new Error("cancelled"));
  signal?.addEventListener("abort", cancel);

  async function answer(): Promise<Result> {
    const response = await responseOf(request);
    if (bodyTimeoutMs !== undefined) {
      clearTimeout(timer);
      timer = startTimer(bodyTimeoutMs);
    }
    return consume(response);
  }

  try {
    return await Promise.race([answer(), interrupted.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
    request.destroy();
  }
}

function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    // Stays attached: destroying a request that is under way emits one more error.
    request.on("error", reject);
    request.end();
  });
}

/** Whether a server answered. A cancelled question says nothing about the network path. */
export type Reachability =
  | { readonly outcome: "reachable"; readonly status: number }
  | { readonly outcome: "unreachable"; readonly reason: string }
  | { readonly outcome: "cancelled" };

/**
 * Tells whether a server gives any HTTP answer, whatever its status; the response's head is enough. A connection
 * alone is no proof: a stopped process still accepts TCP.
 *
 * Never rejects.
 */
export async function observeAnswer(
  send: () => ClientRequest,
  options: ExchangeOptions,
): Promise<Reachability> {
  try {
    const status = await exchange(send, (response) => response.statusCode ?? 0, options);
    return { outcome: "reachable", status };
  } catch (error) {
    if (options.signal?.aborted) return { outcome: "cancelled" };
    return { outcome: "unreachable", reason: describeError(error) };
  }
}
