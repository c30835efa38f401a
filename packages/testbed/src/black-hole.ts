import { createServer, type Socket } from "node:net";
import { type Listener, listenOn } from "./listen.ts";

/**
 * How a faulty listener treats a connection: it never answers (`silent`), closes it (`close`), resets it (`reset`),
 * ends its own side without an answer and leaves the other open (`half-close`), or answers in no known protocol
 * (`garbage`).
 */
export type BlackHoleBehaviour = "silent" | "close" | "reset" | "half-close" | "garbage";

/** Where a black hole listens, and how it behaves. */
export interface BlackHoleOptions {
  readonly host?: string;
  readonly behaviour?: BlackHoleBehaviour;
}

/** A TCP listener that accepts every connection and serves none. */
export interface BlackHole extends Listener {
  /** How many connections it has accepted. */
  accepted(): number;
}

const treatments = {
  silent: () => undefined,
  close: (socket) => socket.destroy(),
  reset: (socket) => socket.resetAndDestroy(),
  "half-close": (socket) => socket.end(),
  garbage: (socket) => socket.write("\u0000garbage\r\n\r\n"),
} satisfies Record<BlackHoleBehaviour, (socket: Socket) => unknown>;

/** Starts a black hole on loopback. */
export async function startBlackHole(options: BlackHoleOptions = {}): Promise<BlackHole> {
  const { host = "127.0.0.1", behaviour = "silent" } = options;
  let accepted = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted += 1;
    socket.resume();
    socket.once("end", () => socket.end());
    treatments[behaviour](socket);
  });
  const listener = await listenOn(server, host);
  return { ...listener, accepted: () => accepted };
}

/** Many of them, each with a port of its own. */
export interface BlackHoles extends AsyncDisposable {
  readonly targets: readonly BlackHole[];
  /** How many connections are open now. */
  open(): number;
}

/** Starts so many black holes on loopback, which never answer. */
export async function startBlackHoles(count: number): Promise<BlackHoles> {
  const stack = new AsyncDisposableStack();
  const targets = await Promise.all(Array.from({ length: count }, () => startBlackHole()));
  for (const hole of targets) stack.use(hole);
  return {
    targets,
    open: () => targets.reduce((sum, hole) => sum + hole.open(), 0),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
