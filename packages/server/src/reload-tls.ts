import type { ServerResponse } from "node:http";
import type { Server } from "node:https";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { isSameTls, readTlsFiles, type TlsFiles, type TlsSource } from "./tls-files.ts";

/** What {@link reloadTls} needs. */
export interface ReloadOptions extends TlsSource {
  /** What the server serves with. */
  readonly files: TlsFiles;
  readonly reloadIntervalMs: number;
  readonly logger: Pick<Logger, "info" | "warn">;
}

/**
 * Looks at the files again and again, and has the server use new ones. What can't be used is left, with a warning, and looked
 * at again: a file that is being written is whole soon.
 *
 * When the clients' CA has changed, connections of before are closed, each after the request that it carries: a client that
 * is no longer trusted doesn't keep its way in.
 *
 * By reading, not by watching: a volume of Kubernetes replaces the folder behind the path.
 *
 * @returns What ends it.
 */
export function reloadTls(server: Server, options: ReloadOptions): () => void {
  const { reloadIntervalMs, logger } = options;
  const connections = trackConnections(server);
  let current = options.files;
  let lastWarning = "";

  async function look(): Promise<void> {
    try {
      const files = await readTlsFiles(options);
      lastWarning = "";
      if (isSameTls(files, current)) return;
      server.setSecureContext(files);
      if (files.ca !== current.ca) connections.retire();
      current = files;
      logger.info({ dir: options.dir }, "the API's TLS files have changed: the new ones are in use");
    } catch (err) {
      const reason = err instanceof Error ? err.message : String(err);
      if (reason !== lastWarning)
        logger.warn({ reason }, "the API's TLS files can't be used: the last good ones stay");
      lastWarning = reason;
    }
  }

  let timer: NodeJS.Timeout | undefined;
  let isEnded = false;
  function wait(): void {
    if (!isEnded) timer = setTimeout(() => void look().then(wait), reloadIntervalMs);
  }
  wait();
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}

/** Knows the open connections, and which of them carry a request. */
function trackConnections(server: Server): { readonly retire: () => void } {
  const open = new Set<Socket>();
  server.on("secureConnection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  const busy = new Map<Socket, ServerResponse>();
  server.on("request", ({ socket }, response) => {
    busy.set(socket, response);
    response.once("close", () => busy.delete(socket));
  });
  return {
    retire() {
      for (const socket of open) {
        const response = busy.get(socket);
        if (response === undefined) socket.destroy();
        else response.once("close", () => socket.end());
      }
    },
  };
}
