import { createServer, type Server } from "node:http";
import { isIPv6, type Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";

/** Where {@link listen} listens. */
export interface ListenOptions {
  /** `::` takes IPv4 too, and is `0.0.0.0` on a machine without IPv6. */
  readonly host: string;
  readonly port: number;
}

/** A server that listens. */
export interface HttpServer {
  /** `http://host:port` as bound. */
  readonly url: string;
  /**
   * Accepts no more connections, lets the requests under way end for at most `graceMs`, then cuts them off. Safe to
   * repeat.
   */
  close(options: { readonly graceMs: number }): Promise<void>;
}

/** What answers requests; a Hono app fits. */
interface RequestHandler {
  fetch(request: Request): Response | Promise<Response>;
}

// Requests are a few kilobytes, so one that has not arrived by then never will. Not a bound on the answer.
const receiveTimeoutMs = 10_000;
// Node looks for overdue requests at this interval, by default only every 30 s.
const timeoutCheckIntervalMs = 2_000;
// Go's default transport drops idle connections after 90 s. The server must not be the first to do so: a POST sent
// at that moment fails and is not retried.
const keepAliveTimeoutMs = 95_000;

/**
 * Serves an app over plain HTTP.
 *
 * @throws Error "listening on … failed: …", with the system's error as its cause.
 */
export async function listen(app: RequestHandler, { host, port }: ListenOptions): Promise<HttpServer> {
  const answer = getRequestListener((request) => app.fetch(request), {
    // For requests in HTTP/1.0 without a Host, which some probes send and which would be refused otherwise.
    hostname: "localhost",
  });
  const server = createServer(
    {
      headersTimeout: receiveTimeoutMs,
      requestTimeout: receiveTimeoutMs,
      connectionsCheckingInterval: timeoutCheckIntervalMs,
      keepAliveTimeout: keepAliveTimeoutMs,
    },
    (request, response) => {
      // Node leaves a kept-alive connection open that falls idle only after the server was closed.
      response.once("close", () => {
        if (!server.listening) server.closeIdleConnections();
      });
      void answer(request, response);
    },
  );
  const unused = trackUnusedConnections(server);
  const boundHost = await bind(server, { host, port });
  return {
    url: `http://${isIPv6(boundHost) ? `[${boundHost}]` : boundHost}:${port}`,
    close({ graceMs }) {
      const closed = close(server, graceMs);
      for (const socket of unused) socket.destroy();
      return closed;
    },
  };
}

/**
 * The connections that have not carried a request yet. Clients open them ahead of need, and Node counts them as busy, so
 * that each would hold up closing for as long as the grace allows.
 */
function trackUnusedConnections(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  server.on("connection", (socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  server.on("request", ({ socket }) => unused.delete(socket));
  return unused;
}

async function bind(server: Server, { host, port }: ListenOptions): Promise<string> {
  try {
    await listenOn(server, { host, port });
    return host;
  } catch (cause) {
    if (host === "::" && isWithoutIpv6(cause)) return bind(server, { host: "0.0.0.0", port });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`listening on port ${port} of ${host} failed: ${reason}`, { cause });
  }
}

function listenOn(server: Server, options: ListenOptions): Promise<void> {
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
