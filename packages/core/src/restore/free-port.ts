import { once } from "node:events";
import { createServer } from "node:net";

/** A TCP port that nothing listens on. Another process may take it before it is used. */
export async function findFreePort(host: string): Promise<number> {
  const server = createServer();
  server.listen(0, host);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP address after listen");
  return address.port;
}
