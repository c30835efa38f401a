import { createServer, type RequestListener } from "node:http";
import { type Listener, listenOn } from "./listen.ts";

/** Starts an HTTP server that answers as a test tells it, on a free port of loopback. */
export function startHttpServer(
  answer: RequestListener,
  { host = "127.0.0.1" }: { readonly host?: string } = {},
): Promise<Listener> {
  return listenOn(createServer(answer), host);
}
