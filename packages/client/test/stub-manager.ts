import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";

/** A request as it arrived. */
interface ReceivedRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A real HTTP server on loopback that answers as a test tells it to. */
export interface StubManager extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly requests: readonly ReceivedRequest[];
  /** How many connections are open. */
  countConnections(): Promise<number>;
}

/** Where a {@link StubManager} listens, and how. */
interface StubManagerOptions {
  readonly host?: string;
  /** Unset: a free one. */
  readonly port?: number;
  /** Certificate and key, and what else TLS takes. Unset: plain HTTP. */
  readonly tls?: ServerOptions;
}

/** Starts a {@link StubManager} that gives every request to `answer`. */
export async function startStubManager(
  answer: RequestListener,
  { host = "127.0.0.1", port = 0, tls }: StubManagerOptions = {},
): Promise<StubManager> {
  const requests: ReceivedRequest[] = [];
  const receive: RequestListener = (request, response) => {
    const { method, url, headers } = request;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  };
  const server = tls === undefined ? createServer(receive) : createTlsServer(tls, receive);
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address after listen");
  return {
    host,
    port: address.port,
    requests,
    countConnections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
      ),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** Answers every request with the same reply; an object goes as JSON. */
export function replyWith(status: number, body: unknown, contentType?: string): RequestListener {
  const isText = typeof body === "string";
  const type = contentType ?? (isText ? "text/plain; charset=utf-8" : "application/json");
  return (_, response) => {
    response.writeHead(status, { "content-type": type }).end(isText ? body : JSON.stringify(body));
  };
}
