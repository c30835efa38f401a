import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { TLSSocket } from "node:tls";
import type { ServerCertificate } from "./certificate.ts";
import { type Listener, listenOn } from "./listen.ts";

/** A request to a store as the proxy sees it before it decides. */
export interface StoreRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Of a multipart upload's part. */
  readonly partNumber: number | undefined;
}

/**
 * What becomes of a request: it reaches the store; its connection is reset after so many bytes of its body; it is
 * answered with an error or with a text in the store's place; it reaches the store and the answer is lost; its
 * body trickles through; it is never answered.
 */
export type Treatment =
  | "forward"
  | { readonly resetAfterBytes: number }
  | { readonly status: number; readonly code: string }
  | { readonly xml: string }
  | "lose-answer"
  | { readonly bytesPerSecond: number }
  | "ignore";

/** An HTTP proxy before an S3 store. */
export interface StoreProxy extends Listener {
  /** URL for path-style requests. */
  readonly endpoint: string;
  /** Every request so far. */
  readonly requests: readonly StoreRequest[];
}

/** What the proxy forwards to, and how it treats each request. */
export interface StoreProxyOptions {
  readonly targetPort: number;
  /** Where it listens, 127.0.0.1 unless given. */
  readonly host?: string;
  readonly treat?: (request: StoreRequest) => Treatment;
  /** Speaks TLS to clients. */
  readonly certificate?: ServerCertificate;
}

/** Starts a proxy before a store on 127.0.0.1. */
export async function startStoreProxy(options: StoreProxyOptions): Promise<StoreProxy> {
  const { targetPort, host = "127.0.0.1", treat = () => "forward", certificate } = options;
  const requests: StoreRequest[] = [];

  function answer(incoming: IncomingMessage, response: ServerResponse): void {
    const seen = describe(incoming);
    requests.push(seen);
    const treatment = treat(seen);
    if (treatment === "ignore") return void incoming.resume();
    if (typeof treatment === "object" && "status" in treatment)
      return refuse(incoming, { response, ...treatment });
    if (typeof treatment === "object" && "xml" in treatment) {
      response.setHeader("content-type", "application/xml");
      return void response.end(treatment.xml);
    }
    if (typeof treatment === "object" && "resetAfterBytes" in treatment) {
      return resetAfter(incoming, treatment.resetAfterBytes);
    }
    const { method, url: path, headers } = incoming;
    const forwarded = request({ host: "127.0.0.1", port: targetPort, method, path, headers }, (answered) => {
      if (treatment === "lose-answer") {
        incoming.socket.destroy();
        return;
      }
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(response);
    });
    forwarded.on("error", () => incoming.socket.destroy());
    incoming.on("error", () => forwarded.destroy());
    incoming.on("close", () => {
      if (!incoming.complete) forwarded.destroy();
    });
    if (typeof treatment === "object") trickle(incoming, { target: forwarded, ...treatment });
    else incoming.pipe(forwarded);
  }

  const server = certificate === undefined ? createServer(answer) : createTlsServer(certificate, answer);
  const listener = await listenOn(server, host);
  const scheme = certificate === undefined ? "http" : "https";
  return { ...listener, endpoint: `${scheme}://${host}:${listener.port}`, requests };
}

function describe({ method = "", url = "", headers }: IncomingMessage): StoreRequest {
  const part = new URL(url, "http://store").searchParams.get("partNumber");
  return { method, url, headers, partNumber: part === null ? undefined : Number(part) };
}

function refuse(
  incoming: IncomingMessage,
  {
    response,
    status,
    code,
  }: { readonly response: ServerResponse; readonly status: number; readonly code: string },
): void {
  incoming.resume();
  incoming.once("end", () => {
    response.writeHead(status, { "content-type": "application/xml" });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>refused</Message></Error>`);
  });
}

function resetAfter(incoming: IncomingMessage, bytes: number): void {
  let received = 0;
  if (bytes === 0) incoming.socket.resetAndDestroy();
  incoming.on("data", (chunk: Buffer) => {
    received += chunk.length;
    if (received < bytes) return;
    // A TLS socket can't send a reset of its own; its end is as sudden.
    if (incoming.socket instanceof TLSSocket) incoming.socket.destroy();
    else incoming.socket.resetAndDestroy();
  });
}

const trickleIntervalMs = 10;

function trickle(
  incoming: IncomingMessage,
  { target, bytesPerSecond }: { readonly target: NodeJS.WritableStream; readonly bytesPerSecond: number },
): void {
  incoming.on("data", (chunk: Buffer) => {
    target.write(chunk);
    incoming.pause();
    setTimeout(() => incoming.resume(), Math.max(trickleIntervalMs, (chunk.length / bytesPerSecond) * 1_000));
  });
  incoming.once("end", () => target.end());
}
