import { once } from "node:events";
import { stat } from "node:fs/promises";
import { createServer } from "node:net";
import { InstanceError } from "../errors.ts";
import { hasCode } from "./disk-error.ts";

/**
 * Keeps other restores away from a data directory until it goes out of scope or the process ends, however it ends.
 *
 * The lock is the name of an abstract socket, which the kernel gives to one process of the pod and takes back with it, so
 * that no crash leaves a lock behind. Systems other than Linux know no such sockets and do without a lock.
 *
 * @throws InstanceError `RESTORE_DATA_IN_USE` if another restore holds it.
 */
export async function lockDataDirectory(dataDir: string): Promise<AsyncDisposable> {
  if (process.platform !== "linux") return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const { dev, ino } = await stat(dataDir);
  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    server.listen({ path: `\0redis-restore-${dev}-${ino}` });
    await once(server, "listening");
  } catch (cause) {
    if (!hasCode(cause, "EADDRINUSE")) throw cause;
    throw new InstanceError("RESTORE_DATA_IN_USE", `another restore is running on ${dataDir}`, { cause });
  }
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}
