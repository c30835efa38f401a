import { createServer, type Server } from "node:net";

const host = "127.0.0.1";
// Below what systems hand out to whoever connects, or asks for any port: those from 32768 on Linux, from 49152 elsewhere.
const [firstPort, endPort] = [10_000, 32_700];
const blockSize = 100;
const blocks = Math.floor((endPort - firstPort) / blockSize);

const ports = handOut();

/**
 * A TCP port on 127.0.0.1 that nothing listens on, and that no other call is given: neither in this process, nor in another
 * one as long as this one runs.
 *
 * @throws Error if every port is in use.
 */
export async function freePort(): Promise<number> {
  const { value } = await ports.next();
  return value;
}

/** Whoever listens on the first port of a block owns the others. */
async function* handOut(): AsyncGenerator<number, never> {
  const start = Math.floor(Math.random() * blocks);
  for (let tried = 0; tried < blocks; tried += 1) {
    const first = firstPort + ((start + tried) % blocks) * blockSize;
    const claim = await listen(first);
    if (claim === undefined) continue;
    claim.unref();
    for (let port = first + 1; port < first + blockSize; port += 1) if (await isFree(port)) yield port;
  }
  throw new Error(`every port of ${firstPort}..${endPort} is in use`);
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server === undefined) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** @returns `undefined` if something else listens there. */
function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("listening", () => resolve(server));
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(port, host);
  });
}
