import { createServer } from "node:net";

/**
 * A TCP port on 127.0.0.1 that nothing listens on.
 *
 * The operating system hands out ephemeral ports in turn, so that the port stays free between this call and its
 * use unless thousands are taken in the meantime.
 */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no TCP address after listen");
  return address.port;
}
