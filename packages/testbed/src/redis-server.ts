import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "./free-port.ts";
import { type RunningProcess, startProcess } from "./process.ts";
import { createTemporaryDirectory } from "./temporary-directory.ts";
import { Hopeless, waitFor } from "./wait-for.ts";

/** How a real redis-server is started. */
export interface RedisServerOptions {
  /** Directives as command-line arguments, e.g. `{ appendonly: "yes" }`; a list for one that takes several. */
  readonly directives?: Readonly<Record<string, string | readonly string[]>>;
  /** Redis' working directory; one of its own, removed afterwards, when unset. */
  readonly dir?: string;
  readonly port?: number;
  readonly host?: string;
}

/** A redis-server of a test's own. */
export interface RedisServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly dir: string;
  readonly process: RunningProcess;
  /** A connected client, for set-up and assertions. It authenticates with the directive `requirepass`. */
  readonly client: Redis;
  stop(): Promise<void>;
}

/** Starts a redis-server on loopback that saves nothing by itself, and waits until it answers. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const { host = "127.0.0.1", directives = {} } = options;
  const port = options.port ?? (await freePort());
  const ownDir = options.dir === undefined ? await createTemporaryDirectory("redis") : undefined;
  const dir = options.dir ?? ownDir?.path ?? "";
  const settings = {
    bind: host,
    port: String(port),
    dir,
    save: "",
    "repl-diskless-sync-delay": "0",
    ...directives,
  };
  await using configuration = await createTemporaryDirectory("redis-config");
  const server = await startProcess({
    command: "redis-server",
    args: await renderArguments(settings, join(configuration.path, "redis.conf")),
  });
  const password = directives["requirepass"];
  const client = new Redis({
    host,
    port,
    ...(typeof password === "string" && { password }),
    lazyConnect: true,
    enableReadyCheck: false,
    protocol: 2,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
  });
  // A test that stops its server on purpose makes the client lose its connection.
  client.on("error", () => undefined);
  try {
    await waitFor(
      async () => {
        if (server.hasExited()) throw new Hopeless(`redis-server ended at start:\n${server.output()}`);
        if (client.status === "wait") await client.connect();
        return (await client.ping()) === "PONG";
      },
      { what: `redis-server on ${host}:${port}` },
    );
  } catch (error) {
    client.disconnect();
    await server.stop();
    throw error;
  }

  async function stop() {
    client.disconnect();
    await server.stop();
    await ownDir?.[Symbol.asyncDispose]();
  }
  return { host, port, dir, process: server, client, stop, [Symbol.asyncDispose]: stop };
}

/** Directives as arguments; in a file where a value holds a quote, of which Redis and Valkey make different things in an argument. */
async function renderArguments(
  settings: Readonly<Record<string, string | readonly string[]>>,
  file: string,
): Promise<readonly string[]> {
  const directives = Object.entries(settings).map(([name, value]) => ({ name, words: [value].flat() }));
  if (!directives.some(({ words }) => words.some((word) => word.includes('"')))) {
    return directives.flatMap(({ name, words }) => [`--${name}`, ...words]);
  }
  const lines = directives.map(({ name, words }) =>
    [name, ...words.map((word) => JSON.stringify(word))].join(" "),
  );
  await writeFile(file, lines.join("\n"));
  return [file];
}
