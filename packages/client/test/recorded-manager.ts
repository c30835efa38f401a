import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";

/** A server that sends recorded replies, byte for byte. */
export interface RecordedManager extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** Starts a server that answers the first request with the first file, and so on; with the last one whoever asks again. */
export async function startRecordedManager(files: readonly URL[]): Promise<RecordedManager> {
  const replies = await Promise.all(files.map((file) => readFile(file)));
  let answered = 0;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.end(replies[Math.min(answered, replies.length - 1)] ?? "");
      answered += 1;
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address after listen");
  return {
    host: "127.0.0.1",
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}
