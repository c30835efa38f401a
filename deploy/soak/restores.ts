import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProcess, startRedisServer } from "@redis-operator/testbed";
import type { Agent } from "./agent.ts";
import { compareReply } from "./agents/messages.ts";
import type { BackupRecord } from "./backups.ts";
import type { Topology } from "./topology.ts";

/** A backup that was restored, loaded and compared. */
export interface RestoreRecord {
  readonly backup: string;
  readonly method: "rdb" | "aof";
  /** Keys that it has to hold: what never changes, and the writes acknowledged before it began that no failover has lost. */
  readonly expected: number;
  readonly missing: number;
  readonly keys: number;
  /** Why it couldn't be restored. */
  readonly trouble: string | undefined;
}

const bundle = fileURLToPath(new URL("../../apps/instance-manager/dist/main.cjs", import.meta.url));

/** Restores a backup, as an init container does, and compares what Redis loads. */
export async function restore(
  { name, method, outcome }: BackupRecord,
  { topology, load, dir }: { readonly topology: Topology; readonly load: Agent; readonly dir: string },
): Promise<RestoreRecord> {
  const nothing = { backup: name, method, expected: 0, missing: 0, keys: 0 };
  if (!outcome.ok) return { ...nothing, trouble: outcome.reason };
  const dataDir = join(dir, `restored-${method}`);
  await mkdir(dataDir, { recursive: true });
  const command = await startProcess({
    command: process.execPath,
    args: [bundle, "restore", "--from", outcome.uri, "--endpoint", topology.storeEndpoint, "--verify"],
    env: {
      PATH: process.env["PATH"],
      DATA_DIR: dataDir,
      BACKUP_CREDENTIALS_DIR: join(topology.cluster.dir, "secret-redis-backup-credentials"),
    },
  });
  const { code } = await command.exited;
  if (code !== 0) return { ...nothing, trouble: command.output().split("\n").slice(-4).join(" ") };
  const { ip } = topology.network.host("node");
  await using redis = await startRedisServer({
    dir: dataDir,
    host: ip,
    directives: { appendonly: "yes", "protected-mode": "no" },
  });
  const compared = await load.ask({ do: "compare", backup: name, host: ip, port: redis.port }, compareReply);
  return { backup: name, method, ...compared, trouble: undefined };
}
