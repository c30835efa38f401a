import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { isIPv6, type Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Logger } from "pino";
import { type CallerBindings, callerOf } from "./caller.ts";
import { reloadTls } from "./reload-tls.ts";
import { readTlsFiles, type TlsSource } from "./tls-files.ts";

/** Where {@link listen} listens, and how. */
export interface ListenOptions {
  /** `::` takes IPv4 too, and is `0.0.0.0` on a machine without IPv6. */
  readonly host: string;
  readonly port: number;
  /** Unset: plain HTTP. */
  readonly tls?: ApiTls | undefined;
  /** Is told of new TLS files. */
  readonly logger: Pick<Logger, "info" | "warn">;
}

type Address = Pick<ListenOptions, "host" | "port">;

/** How the API is served over TLS. */
export interface ApiTls extends TlsSource {
  /** How often the files are looked at, in milliseconds; new ones serve from then on. */
  readonly reloadIntervalMs: number;
}

/** A server that listens. */
export interface HttpServer {
  /** `http://host:port` or `https://host:port` as bound. */
  readonly url: string;
  /**
   * Accepts no more connections, lets the requests under way end for at most `graceMs`, then cuts them off. Safe to
   * repeat.
   */
  close(options: { readonly graceMs: number }): Promise<void>;
}

/** What answers requests; a Hono app fits. */
interface RequestHandler {
  fetch(request: Request, bindings: CallerBindings): Response | Promise<Response>;
}

// Requests are a few kilobytes, so one that has not arrived by then never will. Not a bound on the answer.
const receiveTimeoutMs = 10_000;
// Node looks for overdue requests at this interval, by default only every 30 s.
const timeoutCheckIntervalMs = 2_000;
// Go's default transport drops idle connections after 90 s. The server must not be the first to do so: a POST sent
// at that moment fails and is not retried.
const keepAliveTimeoutMs = 95_000;

/**
 * Serves an app over HTTP or HTTPS, and tells it with each request who sends it.
 *
 * @throws Error "listening on … failed: …", with the system's error as its cause; "reading the TLS files in … failed: …".
 */
export async function listen(
  app: RequestHandler,
  { host, port, tls, logger }: ListenOptions,
): Promise<HttpServer> {
  const answer = getRequestListener(
    (request, { incoming }) => app.fetch(request, { caller: callerOf(incoming.socket) }),
    {
      // For requests in HTTP/1.0 without a Host, which some probes send and which would be refused otherwise.
      hostname: "localhost",
    },
  );
  const { server, stopReloading } = await createHttpServer({ tls, logger }, (request, response) => {
    // Node leaves a kept-alive connection open that falls idle only after the server was closed.
    response.once("close", () => {
      if (!server.listening) server.closeIdleConnections();
    });
    void answer(request, response);
  });
  const unused = trackUnusedConnections(server);
  const boundHost = await bind(server, { host, port });
  const scheme = tls === undefined ? "http" : "https";
  return {
    url: `${scheme}://${isIPv6(boundHost) ? `[${boundHost}]` : boundHost}:${port}`,
    close({ graceMs }) {
      stopReloading();
      const closed = close(server, graceMs);
      for (const socket of unused.values()) socket.destroy();
      return closed;
    },
  };
}

async function createHttpServer(
  { tls, logger }: Pick<ListenOptions, "tls" | "logger">,
  listener: RequestListener,
): Promise<{ readonly server: Server; readonly stopReloading: () => void }> {
  const options = {
    headersTimeout: receiveTimeoutMs,
    requestTimeout: receiveTimeoutMs,
    connectionsCheckingInterval: timeoutCheckIntervalMs,
    keepAliveTimeout: keepAliveTimeoutMs,
  };
  if (tls === undefined) return { server: createServer(options, listener), stopReloading: () => undefined };
  const files = await readTlsFiles(tls);
  const server = createTlsServer(
    {
      ...options,
      ...files,
      handshakeTimeout: receiveTimeoutMs,
      requestCert: tls.clientAuth !== "none",
      // A client without a certificate gets an answer that says so: to a peer, any answer is proof that the network works.
      rejectUnauthorized: false,
    },
    listener,
  );
  return { server, stopReloading: reloadTls(server, { ...tls, files, logger }) };
}

/**
 * The connections that have not carried a request yet, by their other end. Clients open them ahead of need, and Node counts
 * them as busy, so that each would hold up closing for as long as the grace allows.
 */
function trackUnusedConnections(server: Server): ReadonlyMap<string, Socket> {
  const unused = new Map<string, Socket>();
  server.on("connection", (socket) => {
    const end = otherEnd(socket);
    unused.set(end, socket);
    socket.once("close", () => unused.delete(end));
  });
  server.on("request", ({ socket }) => unused.delete(otherEnd(socket)));
  return unused;
}

// With TLS the socket of a request is another object than that of its connection.
function otherEnd({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

async function bind(server: Server, { host, port }: Address): Promise<string> {
  try {
    await listenOn(server, { host, port });
    return host;
  } catch (cause) {
    if (host === "::" && isWithoutIpv6(cause)) return bind(server, { host: "0.0.0.0", port });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`listening on port ${port} of ${host} failed: ${reason}`, { cause });
  }
}

function listenOn(server: Server, options: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

// EAFNOSUPPORT: the kernel has no IPv6. EADDRNOTAVAIL: it has, but it is switched off by sysctl.
function isWithoutIpv6(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "EAFNOSUPPORT" || error.code === "EADDRNOTAVAIL")
  );
}

async function close(server: Server, graceMs: number): Promise<void> {
  const cutOff = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise<void>((resolve) => {
    // An error says that it is closed already.
    server.close(() => resolve());
  });
  clearTimeout(cutOff);
}
