import { once } from "node:events";
import { rename, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { connect } from "node:tls";
import {
  createServerCertificate,
  createTemporaryDirectory,
  freePort,
  type ServerCertificate,
} from "@redis-operator/testbed";
import type { Caller } from "../src/caller.ts";
import { listen } from "../src/listen.ts";
import type { ClientAuth } from "../src/tls-files.ts";
import { createRecordingLogger } from "./recording-logger.ts";

/** How a client connects; without `cert` and `key` it shows no certificate. */
export interface ClientTls {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  readonly agent?: Agent;
}

/** A server over TLS whose app answers who it takes the caller for. */
export async function serveTls({ clientAuth = "none" }: { readonly clientAuth?: ClientAuth } = {}) {
  const folder = await createTemporaryDirectory("api-tls");
  const certificate = await createServerCertificate();
  // By rename, so that no look finds half a file.
  async function write(name: string, text: string) {
    const path = join(folder.path, name);
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }
  const replace = async ({ ca, cert, key }: ServerCertificate) => {
    await Promise.all([write("ca.crt", ca), write("tls.crt", cert), write("tls.key", key)]);
  };
  await replace(certificate);
  const port = await freePort();
  const { logger, lines } = createRecordingLogger();
  const tls = { dir: folder.path, clientAuth, reloadIntervalMs: 20 };
  const app = { fetch: (_: Request, { caller }: { caller: Caller }) => Response.json(caller) };
  const listenOn = (ownPort: number) => listen(app, { host: "127.0.0.1", port: ownPort, tls, logger });
  const server = await listenOn(port);
  return {
    port,
    server,
    certificate,
    log: lines,
    write,
    replace,
    /** Starts another server with the files of the moment. */
    listenAgain: async () => listenOn(await freePort()),
    async [Symbol.asyncDispose]() {
      await server.close({ graceMs: 0 });
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Asks over TLS whom the server takes the caller for. */
export async function askTls(port: number, { agent = new Agent(), ...client }: ClientTls): Promise<Caller> {
  const sent = request({ ...client, agent, host: "127.0.0.1", port });
  sent.end();
  const responses: IncomingMessage[] = await once(sent, "response");
  let text = "";
  for await (const chunk of responses[0] ?? []) text += String(chunk);
  const caller: Caller = JSON.parse(text);
  return caller;
}

/** Which certificate the server shows, in PEM. */
export async function servedCertificate(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  return String(certificate);
}
