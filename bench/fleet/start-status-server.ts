import { fileURLToPath } from "node:url";
import { type RunningProcess, startProcess, waitFor } from "@redis-operator/testbed";

/** Instances on every address of loopback, in a process of their own. */
export interface StatusServer extends AsyncDisposable {
  readonly port: number;
}

/** Starts {@link StatusServer}. @param keptAliveMs - How long a connection may be idle. */
export async function startStatusServer(keptAliveMs: number): Promise<StatusServer> {
  const script = fileURLToPath(new URL("./status-server.ts", import.meta.url));
  const server: RunningProcess = await startProcess({
    command: process.execPath,
    args: [script, String(keptAliveMs)],
  });
  const port = await waitFor(() => Number(server.output()) || undefined, { what: "the status server" });
  return {
    port,
    async [Symbol.asyncDispose]() {
      await server.stop();
    },
  };
}
