import { connect, createServer } from "node:net";
import { listenOn } from "./listen.ts";

/** A TCP proxy on loopback that goes silent in the middle of what is sent through it. */
export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  /** Settles when the connections have gone silent. */
  readonly stalled: Promise<void>;
}

/** What the proxy forwards to, and when it goes silent. */
export interface FaultProxyOptions {
  readonly targetPort: number;
  /** After so many bytes from clients, the connections then open go silent; later ones are forwarded. */
  readonly stallAfterBytes: number;
}

/** Starts a proxy before a server on 127.0.0.1. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { targetPort, stallAfterBytes } = options;
  const stall = Promise.withResolvers<void>();
  let receivedBytes = 0;
  let hasStalled = false;

  const server = createServer((client) => {
    const target = connect(targetPort, "127.0.0.1");
    const canStall = !hasStalled;
    client.on("data", (chunk) => {
      receivedBytes += chunk.length;
      if (canStall && receivedBytes >= stallAfterBytes) {
        hasStalled = true;
        stall.resolve();
      }
      if (!(canStall && hasStalled)) target.write(chunk);
    });
    target.on("data", (chunk) => {
      if (!(canStall && hasStalled)) client.write(chunk);
    });
    client.on("close", () => target.destroy());
    target.on("close", () => client.destroy());
    target.on("error", () => client.destroy());
  });
  const listener = await listenOn(server, "127.0.0.1");
  return { ...listener, stalled: stall.promise };
}
