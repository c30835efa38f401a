import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  freePort,
  listChildren,
  nodeEnvironment,
  nodeFlags,
  readCpuSeconds,
  type RedisServer,
  startProcess,
  waitFor,
} from "@redis-operator/testbed";
import { backUp, writeCredentials } from "./back-up.ts";
import { sampleMemory } from "./sample-memory.ts";
import type { SinkStore } from "./sink-store.ts";
import type { Latency, Subject } from "./subject.ts";

/** What the instance manager is measured with. */
export interface ManagerGround {
  readonly redis: RedisServer;
  readonly store: SinkStore;
  /** For its credentials and reports. */
  readonly scratchDir: string;
}

/** Starts the instance manager from its bundle beside a Redis; each of its runs is one `POST /v1/backup`. */
export async function startManagerSubjects(ground: ManagerGround) {
  const { redis, store, scratchDir } = ground;
  const port = await freePort();
  const eventLoopFile = join(scratchDir, "event-loop.json");
  const manager = await startProcess({
    command: process.execPath,
    args: [
      ...nodeFlags,
      "--require",
      pathOf("./event-loop-delay.cjs"),
      pathOf("../../apps/instance-manager/dist/main.cjs"),
    ],
    env: {
      PATH: process.env["PATH"],
      ...nodeEnvironment,
      HTTP_PORT: String(port),
      REDIS_SUPERVISE: "false",
      REDIS_PORT: String(redis.port),
      DATA_DIR: redis.dir,
      BACKUP_CREDENTIALS_DIR: await writeCredentials(store, scratchDir),
      LOG_LEVEL: "warn",
      EVENT_LOOP_DELAY_FILE: eventLoopFile,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  await waitFor(async () => (await fetch(`${url}/readyz`)).ok, { what: "the instance manager" });
  let runs = 0;

  async function readEventLoop(): Promise<Latency> {
    await rm(eventLoopFile, { force: true });
    manager.kill("SIGUSR2");
    return await waitFor(async () => parseLatency(await readFile(eventLoopFile, "utf8")), {
      what: "the delays of the manager's event loop",
    });
  }

  function createSubject(method: "rdb" | "aof"): Subject {
    return {
      name: "instance manager",
      async run() {
        runs += 1;
        await readEventLoop();
        const probe = await startProcess({
          command: process.execPath,
          args: [pathOf("./probe.ts"), `${url}/healthz`],
        });
        const endedCpuBefore = readCpuSeconds(manager.pid).ended;
        const memory = sampleMemory(manager.pid);
        const startedAt = performance.now();
        const [saved, answeredAt] = await Promise.all([
          waitForSave(redis, method).then(() => ({
            at: performance.now(),
            cpu: readCpuSeconds(manager.pid),
          })),
          backUp(url, { backupName: `run-${runs}`, method, store }),
        ]);
        await waitFor(() => listChildren(manager.pid).length === 0, { what: "the backup's process to end" });
        const cpuAfter = readCpuSeconds(manager.pid);
        await probe.stop();
        return {
          seconds: (answeredAt - saved.at) / 1e3,
          totalSeconds: (answeredAt - startedAt) / 1e3,
          // All of the child process; of the manager what it did while Redis no longer worked for the backup.
          cpuSeconds: cpuAfter.ended - endedCpuBefore + cpuAfter.own - saved.cpu.own,
          memory: memory.stop(),
          eventLoop: await readEventLoop(),
          health: parseLatency(probe.output()),
        };
      },
    };
  }
  return { createSubject, [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose]() };
}

/** Waits for the end of the next save or rewrite after the call. */
async function waitForSave({ client }: RedisServer, method: "rdb" | "aof"): Promise<void> {
  const [counter, ...flags] =
    method === "rdb"
      ? ["rdb_saves", "rdb_bgsave_in_progress"]
      : ["aof_rewrites", "aof_rewrite_in_progress", "aof_rewrite_scheduled"];
  const read = async () => {
    const persistence = await client.info("persistence");
    return (name: string) => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(persistence)?.[1]);
  };
  const savesBefore = (await read())(counter ?? "");
  for (;;) {
    const field = await read();
    if (field(counter ?? "") > savesBefore && flags.every((flag) => field(flag) === 0)) return;
    await pause(10);
  }
}

function parseLatency(text: string): Latency {
  const value: unknown = JSON.parse(text);
  if (typeof value === "object" && value !== null && "p99Ms" in value && "maxMs" in value) {
    const { p99Ms, maxMs } = value;
    if (typeof p99Ms === "number" && typeof maxMs === "number") return { p99Ms, maxMs };
  }
  throw new Error(`no latencies: ${text}`);
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
