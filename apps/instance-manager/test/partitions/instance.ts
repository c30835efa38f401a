import { mkdir } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createInstanceClient, type InstanceClient } from "@redis-operator/client";
import { type NetworkHost, type RunningProcess, startProcess } from "@redis-operator/testbed";

/** A data pod: a host, a folder for its data, and a manager that comes and goes. */
export interface Instance {
  readonly name: string;
  readonly host: NetworkHost;
  readonly client: InstanceClient;
  /** The manager that was started last. */
  manager(): RunningProcess;
  /** The redis-server processes on this host, without their own children. */
  redisPids(): readonly number[];
  /** The redis-server that its manager has started, not one that an earlier manager has left behind. */
  ownRedisPid(): number | undefined;
  /** Starts the manager as the container's start does. */
  start(): Promise<void>;
  /** Stops it as the kubelet does: SIGTERM, and SIGKILL after the grace period. */
  stop(): Promise<void>;
}

/** The kubelet's grace period where docs/pods.md is followed. */
const stopGraceMs = 75_000;

const bundle = fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));

/** Describes a pod that isn't started yet. */
export function createInstance(
  host: NetworkHost,
  { dir, env }: { readonly dir: string; readonly env: Readonly<Record<string, string>> },
): Instance {
  const { name, ip } = host;
  const dataDir = join(dir, name);
  let running: RunningProcess | undefined;

  function manager(): RunningProcess {
    if (running === undefined) throw new Error(`${name} has not been started`);
    return running;
  }

  return {
    name,
    host,
    client: createInstanceClient({ host: ip, port: 8080 }),
    manager,
    redisPids: () => host.processIds().filter(isRedisServer),
    ownRedisPid: () =>
      host.processIds().find((pid) => {
        const process = readProcess(pid);
        return process?.command === "redis-server" && process.parentId === running?.pid;
      }),
    async start() {
      await mkdir(dataDir, { recursive: true });
      running = await startProcess({
        ...host.command(process.execPath, [bundle]),
        env: {
          PATH: process.env["PATH"],
          POD_NAME: name,
          POD_NAMESPACE: "default",
          POD_IP: ip,
          DATA_DIR: dataDir,
          LOG_LEVEL: "info",
          ...env,
        },
      });
    },
    async stop() {
      const stopping = manager();
      stopping.kill("SIGTERM");
      const killer = setTimeout(() => stopping.kill("SIGKILL"), stopGraceMs);
      await stopping.exited;
      clearTimeout(killer);
    },
  };
}

/** A child that saves or feeds a replica has the same name and is the server's own. */
function isRedisServer(pid: number): boolean {
  const process = readProcess(pid);
  return process?.command === "redis-server" && readProcess(process.parentId)?.command !== "redis-server";
}

function readProcess(pid: number): { readonly command: string; readonly parentId: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, command = "", parentId] = /\((.*)\) \S (\d+)/.exec(stat) ?? [];
    return { command, parentId: Number(parentId) };
  } catch {
    return undefined;
  }
}
