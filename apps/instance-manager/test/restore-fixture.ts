import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { backupResultSchema } from "@redis-operator/client/contract";
import { createRedisConnection, type RedisConnection } from "@redis-operator/core/redis";
import {
  createTemporaryDirectory,
  freePort,
  type RunningProcess,
  startManager,
  startProcess,
  waitFor,
} from "@redis-operator/testbed";
import { type JobInstance, startJobInstance } from "./backups-fixture.ts";

const mainFile = fileURLToPath(new URL("../dist/main.cjs", import.meta.url));

/** How a `restore` ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
  /** What it logged, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

/** Starts `restore` as a container does. */
function startRestore(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProcess> {
  return startProcess({
    command: process.execPath,
    args: [mainFile, "restore", ...args],
    env: { PATH: process.env["PATH"], ...env },
  });
}

/** Runs `restore` to its end. */
export async function runRestore(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  await using command = await startRestore(args, env);
  const { code } = await command.exited;
  const output = command.output();
  return { code, output, log: parseLog(output) };
}

function parseLog(output: string): readonly Readonly<Record<string, unknown>>[] {
  return output.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    const entry: Readonly<Record<string, unknown>> = Object(JSON.parse(line));
    return [entry];
  });
}

/** A backed up instance, and a data directory to restore into. */
export async function startBackedUpInstance(fill: (instance: JobInstance) => Promise<unknown>) {
  const stack = new AsyncDisposableStack();
  const instance = stack.use(
    await startJobInstance({ directives: { appendonly: "yes", rdbcompression: "no" } }),
  );
  await fill(instance);
  const credentials = stack.use(await createTemporaryDirectory("credentials"));
  for (const [name, text] of Object.entries(instance.store.credentials)) {
    await writeFile(join(credentials.path, name), text);
  }
  const { endpoint } = instance.store;
  const env = { BACKUP_CREDENTIALS_DIR: credentials.path };
  return {
    instance,
    env,
    /** Backs up, and returns what `--from` takes. */
    async backUp(method: "rdb" | "aof"): Promise<string> {
      const body = instance.request({ method, backupName: `nightly-${method}` });
      return backupResultSchema.parse((await instance.send("POST /v1/backup", { body })).json).backupPath;
    },
    run: (from: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
      runRestore(["--from", from, "--endpoint", endpoint, ...args], { ...env, ...more }),
    start: (from: string, args: readonly string[]) =>
      startRestore(["--from", from, "--endpoint", endpoint, ...args], env),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Starts a manager that supervises a Redis on a data directory, and waits until that has loaded. */
export async function startOn(dataDir: string, env: Readonly<Record<string, string>> = {}) {
  const port = await freePort();
  const manager = await startManager({
    app: "instance-manager",
    env: { DATA_DIR: dataDir, REDIS_PORT: String(port), ...env },
  });
  const redis = createRedisConnection({
    host: "127.0.0.1",
    port,
    connectTimeoutMs: 2_000,
    commandTimeoutMs: 5_000,
  });
  async function stop() {
    redis.close();
    await manager.stop();
  }
  try {
    await waitFor(async () => (await redis.send(["PING"])) === "PONG", { what: "Redis to have loaded" });
  } catch (error) {
    await stop();
    throw error;
  }
  return { redis, log: () => manager.log(), [Symbol.asyncDispose]: stop };
}

/** Reads one line of `INFO persistence`. */
export async function readPersistence(redis: RedisConnection, field: string): Promise<string | undefined> {
  const info = String(await redis.send(["INFO", "persistence"]));
  return new RegExp(`^${field}:(.*)\r$`, "m").exec(info)?.[1];
}
