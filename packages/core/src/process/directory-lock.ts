import { once } from "node:events";
import { stat } from "node:fs/promises";
import { createServer } from "node:net";

/**
 * Takes a lock on a directory until it goes out of scope or the process ends, however it ends.
 *
 * The lock is the name of an abstract socket, which the kernel gives to one process of the network namespace and takes
 * back with it, so that no crash leaves a lock behind. Systems other than Linux know no such sockets and do without a
 * lock.
 *
 * @param options.purpose - Locks of different purposes don't exclude each other.
 * @returns `undefined` if another process holds it.
 * @throws Error of the file system if there is no such directory.
 */
export async function lockDirectory(
  path: string,
  { purpose }: { readonly purpose: string },
): Promise<AsyncDisposable | undefined> {
  const { dev, ino } = await stat(path);
  if (process.platform !== "linux") return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    server.listen({ path: `\0redis-${purpose}-${dev}-${ino}` });
    await once(server, "listening");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return undefined;
    throw error;
  }
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}
