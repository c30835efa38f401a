import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type RedisServer, type RedisServerOptions, startRedisServer } from "@redis-operator/testbed";
import { Redis } from "ioredis";
import { createRedisAccess, type RedisAccess } from "../src/redis/access.ts";
import { createRedisConnection, type RedisConnection } from "../src/redis/connection.ts";
import { type RedisRotationOptions, startRedisRotation } from "../src/rotation/redis-rotation.ts";
import { createRecordingLogger, type LogLine } from "./recording-logger.ts";

/** A Redis and the rotation of its files. */
export interface RotatedRedis extends AsyncDisposable {
  readonly server: RedisServer;
  readonly access: RedisAccess;
  /** Opens a connection of the manager's: it shares its access. */
  connect(): RedisConnection;
  /** What the rotation reported, in order: `tls applied`. */
  readonly reports: readonly string[];
  readonly lines: readonly LogLine[];
  stop(): void;
}

/** How {@link startRotated} differs from a Redis with no files to rotate. */
export interface RotatedOptions extends Partial<RedisRotationOptions> {
  readonly server?: RedisServerOptions;
}

/** Starts a Redis, and the rotation of its files. */
export async function startRotated({
  server: serverOptions,
  ...options
}: RotatedOptions): Promise<RotatedRedis> {
  const { logger, lines } = createRecordingLogger();
  const reports: string[] = [];
  const server = await startRedisServer(serverOptions);
  const access = createRedisAccess(options);
  const patience = { connectTimeoutMs: 2_000, commandTimeoutMs: 2_000 };
  const { host, port } = server;
  const rotation = await startRedisRotation({
    host,
    port,
    access,
    ...patience,
    passwordFile: undefined,
    tlsDir: undefined,
    aclFile: undefined,
    dir: server.dir,
    passwordGraceMs: 60_000,
    pollIntervalMs: 100,
    settleMs: 20,
    observer: { rotated: (subject, outcome) => void reports.push(`${subject} ${outcome}`) },
    logger,
    ...options,
  });
  return {
    server,
    access,
    connect: () => createRedisConnection({ host, port, access, ...patience }),
    reports,
    lines,
    stop: () => rotation.stop(),
    async [Symbol.asyncDispose]() {
      rotation.stop();
      await server.stop();
    },
  };
}

/** What a new client gets for PING: `PONG`, or the first word of the error. */
export async function pingAs(port: number, password?: string, username?: string): Promise<string> {
  const client = new Redis({
    host: "127.0.0.1",
    port,
    protocol: 2,
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: null,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    if (password !== undefined)
      await client.call("AUTH", ...(username === undefined ? [] : [username]), password);
    return String(await client.call("PING"));
  } catch (error) {
    return error instanceof Error ? (error.message.split(" ", 1)[0] ?? "") : String(error);
  } finally {
    client.disconnect();
  }
}

/** A client without a password that asks for entry until it is stopped. */
export function knockWithoutPassword(port: number): { stop(): Promise<ReadonlySet<string>> } {
  const answers = new Set<string>();
  const stopping = new AbortController();
  async function knock(): Promise<void> {
    while (!stopping.signal.aborted) answers.add(await pingAs(port));
  }
  const knocking = knock();
  return {
    async stop() {
      stopping.abort();
      await knocking;
      return answers;
    },
  };
}

/** How often replicas have connected to a primary, and synced. */
export async function countSyncs({ client }: RedisServer): Promise<number> {
  const stats = await client.info("stats");
  const counts = Array.from(stats.matchAll(/^sync_(?:full|partial_ok):(\d+)/gm), ([, count]) =>
    Number(count),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Lays files out as the kubelet does: links through `..data`, which is swapped for all of them at once. */
export async function projectVolume(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  const version = join(dir, `..${process.hrtime.bigint()}`);
  await mkdir(version, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(version, name), text);
  await putLink(version, join(dir, "..data"));
  for (const name of Object.keys(files)) await putLink(join("..data", name), join(dir, name));
}

/** Puts a link in the place of whatever is there, so that a reader finds either. */
async function putLink(target: string, path: string): Promise<void> {
  await symlink(target, `${path}_tmp`);
  await rename(`${path}_tmp`, path);
}

/** Puts a file in the place of another, so that a reader finds either: one that is being written may count as it stands. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.next`, text);
  await rename(`${path}.next`, path);
}
