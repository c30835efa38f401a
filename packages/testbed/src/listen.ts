import type { Server, Socket } from "node:net";

/** A server that listens on a port of its own and ends with all its connections. */
export interface Listener extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** How many connections are open now. */
  open(): number;
  stop(): Promise<void>;
}

/** Makes a server listen on a free port. @throws Error if it can't. */
export async function listenOn(server: Server, host: string): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    // Clients of these tests go away in the middle of a connection.
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address after listen");

  async function stop(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }
  return {
    host,
    port: address.port,
    open: () => sockets.size,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
