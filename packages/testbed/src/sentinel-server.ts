import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "./free-port.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import { createTemporaryDirectory } from "./temporary-directory.ts";
import { Hopeless, waitFor } from "./wait-for.ts";

/** How a real redis-sentinel is started. */
export interface SentinelOptions {
  /** What it monitors; nothing when unset. */
  readonly primary?: { readonly host: string; readonly port: number };
  /** The name of what it monitors. */
  readonly name?: string;
  /** How many sentinels must agree that the primary is down. */
  readonly quorum?: number;
  readonly port?: number;
  readonly host?: string;
}

/** A redis-sentinel of a test's own, with a configuration file of its own to rewrite. */
export interface Sentinel extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly dir: string;
  readonly process: RunningProcess;
  /** A connected client, for set-up and assertions. */
  readonly client: Redis;
  stop(): Promise<void>;
}

/** Starts a redis-sentinel on loopback and waits until it answers. */
export async function startSentinel(options: SentinelOptions = {}): Promise<Sentinel> {
  const { host = "127.0.0.1", primary, name = "mymaster", quorum = 1 } = options;
  const port = options.port ?? (await freePort());
  const folder = await createTemporaryDirectory("sentinel");
  const configFile = join(folder.path, "sentinel.conf");
  const lines = [`bind ${host}`, `port ${port}`, `dir ${folder.path}`];
  if (primary !== undefined) lines.push(`sentinel monitor ${name} ${primary.host} ${primary.port} ${quorum}`);
  await writeFile(configFile, `${lines.join("\n")}\n`);
  const sentinel = await startProcess({ command: "redis-sentinel", args: [configFile] });
  const client = new Redis({
    host,
    port,
    lazyConnect: true,
    enableReadyCheck: false,
    protocol: 2,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
  });
  // A test that stops its sentinel on purpose makes the client lose its connection.
  client.on("error", () => undefined);

  async function stop() {
    client.disconnect();
    await sentinel.stop();
    await folder[Symbol.asyncDispose]();
  }

  try {
    await waitFor(
      async () => {
        if (sentinel.hasExited()) throw new Hopeless(`redis-sentinel ended at start:\n${sentinel.output()}`);
        if (client.status === "wait") await client.connect();
        return (await client.ping()) === "PONG";
      },
      { what: `redis-sentinel on ${host}:${port}` },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { host, port, dir: folder.path, process: sentinel, client, stop, [Symbol.asyncDispose]: stop };
}
