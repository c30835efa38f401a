import { createServer } from "node:net";

/** What answers on the port of Redis as no real one would. */
export interface FakeRedis extends AsyncDisposable {
  readonly port: number;
  /** Changes what it answers to `INFO` from now on. */
  setInfo(text: string): void;
}

/** Starts a server that answers `INFO` with a text of the test's, and every other command with `+OK`. */
export async function startFakeRedis(): Promise<FakeRedis> {
  let info = "";
  const server = createServer((socket) => {
    socket.setEncoding("utf8");
    socket.on("error", () => undefined);
    socket.on("data", (command: string) => {
      const isInfo = command.toUpperCase().includes("INFO");
      socket.write(isInfo ? `$${Buffer.byteLength(info)}\r\n${info}\r\n` : "+OK\r\n");
    });
    server.once("close", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address after listen");
  return {
    port: address.port,
    setInfo: (text) => void (info = text),
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.emit("close");
      });
    },
  };
}
