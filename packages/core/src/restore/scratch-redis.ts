import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KeyCounts } from "../backup/backup-request.ts";
import { readKeyCounts } from "../backup/redis-facts.ts";
import { describeError, InstanceError, isInstanceError } from "../errors.ts";
import type { DataFileNames } from "../persistence/data-files.ts";
import { line, processLines } from "../redis/config-lines.ts";
import { createRedisConnection, type RedisConnection } from "../redis/connection.ts";
import { readInfo, requireInteger } from "../redis/info.ts";
import { onDisk } from "./disk-error.ts";
import { findFreePort } from "./free-port.ts";
import { type ScratchProcess, startScratchProcess } from "./scratch-process.ts";

/** A redis-server of the restore's own, with a copy of what is restored. */
export interface ScratchRedis extends AsyncDisposable {
  /** How many keys each database holds, those that have expired since the backup included. */
  readKeyCounts(): Promise<KeyCounts>;
  /** Writes what it holds as a snapshot into its folder. */
  save(): Promise<void>;
}

/** What a {@link ScratchRedis} is started on. */
export interface ScratchRedisOptions {
  readonly binary: string;
  /** What `PATH` is for it. */
  readonly searchPath: string | undefined;
  /** Holds the data, and nothing that it may not change. */
  readonly dir: string;
  readonly names: DataFileNames;
  /** Whether it loads the append-only directory and not the snapshot. */
  readonly isAppendOnly: boolean;
  /** How many databases it needs. */
  readonly databases: number;
  /** For loading, and for each command after it. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const host = "127.0.0.1";
const firstPauseMs = 20;
const maxPauseMs = 250;

/**
 * Starts a redis-server and waits until it has loaded its data.
 *
 * It listens on loopback, with a password that nobody else has.
 *
 * @throws InstanceError `PROCESS_START_FAILED` if the binary can't be run; `RESTORE_VERIFY_FAILED` with what Redis said last
 * if it doesn't load the data, `RESTORE_NO_SPACE` if that was it; `signal`'s reason if that aborts.
 */
export async function startScratchRedis(options: ScratchRedisOptions): Promise<ScratchRedis> {
  const { binary, searchPath, dir, timeoutMs, signal } = options;
  const port = await findFreePort(host);
  const password = randomBytes(32).toString("hex");
  const [configFile, passwordFile] = [join(dir, "scratch.conf"), join(dir, "scratch.password")];
  await onDisk(`writing ${configFile}`, async () => {
    await writeFile(passwordFile, password, { mode: 0o600 });
    await writeFile(configFile, renderConfig(options, { port, password }), { mode: 0o600 });
  });
  const server = await startScratchProcess(binary, { args: [configFile], searchPath, signal });
  const redis = createRedisConnection({
    host,
    port,
    passwordFile,
    connectTimeoutMs: 2_000,
    commandTimeoutMs: timeoutMs,
  });

  async function stop(): Promise<void> {
    redis.close();
    await server.stop();
  }

  async function explain<Value>(attempted: string, step: () => Promise<Value>): Promise<Value> {
    try {
      return await step();
    } catch (cause) {
      signal.throwIfAborted();
      const lastWords = await server.readLastWords();
      const why = server.hasEnded() ? "it ended" : describeError(cause);
      throw new InstanceError(
        lastWords.includes("No space left") ? "RESTORE_NO_SPACE" : "RESTORE_VERIFY_FAILED",
        `${attempted} failed: ${why}; it wrote: ${lastWords}`,
        { cause },
      );
    }
  }

  try {
    await explain("loading the backup into a redis-server", () => untilLoaded(redis, { ...options, server }));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    readKeyCounts: () =>
      explain("counting the backup's keys", async () => readKeyCounts(await readInfo(redis, "keyspace"))),
    save: () => explain("saving the backup as a snapshot", async () => void (await redis.send(["SAVE"]))),
    [Symbol.asyncDispose]: stop,
  };
}

function renderConfig(
  options: ScratchRedisOptions,
  { port, password }: { readonly port: number; readonly password: string },
): string {
  const { dir, names, isAppendOnly, databases } = options;
  const lines = [
    ...processLines,
    line("bind", host),
    line("port", String(port)),
    line("requirepass", password),
    line("dir", dir),
    line("save", ""),
    line("dbfilename", names.snapshot),
    line("databases", String(databases)),
    line("appendonly", isAppendOnly ? "yes" : "no"),
    // The directory's name is unknown to a Redis before 7.0, which has none.
    ...(isAppendOnly
      ? [line("appenddirname", names.appendOnlyDirectory), line("appendfilename", names.appendOnlyFile)]
      : []),
    line("appendfsync", "no"),
    // A primary drops the keys that have expired since the backup, and the counts could not be compared. Nothing can
    // listen on port 0.
    line("replicaof", host, "0"),
  ];
  return `${lines.join("\n")}\n`;
}

async function untilLoaded(
  redis: RedisConnection,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal; readonly server: ScratchProcess },
): Promise<void> {
  const { timeoutMs, signal, server } = options;
  const deadline = performance.now() + timeoutMs;
  let pauseMs = firstPauseMs;
  for (;;) {
    try {
      const info = await readInfo(redis, "persistence");
      if (requireInteger(info, "loading") === 0) return;
    } catch (error) {
      // It doesn't listen yet, or is busy loading.
      if (!isInstanceError(error) || server.hasEnded()) throw error;
    }
    if (performance.now() >= deadline) throw new Error(`it took longer than ${timeoutMs} ms`);
    await sleep(pauseMs, undefined, { signal });
    pauseMs = Math.min(pauseMs * 2, maxPauseMs);
  }
}
