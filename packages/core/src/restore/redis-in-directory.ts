import { readlink, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { InstanceError } from "../errors.ts";
import { createProcessTable } from "../process/proc-table.ts";
import { restoreNames } from "./restore-names.ts";

// Redis makes its `dir` its working directory, so that tells which data a Redis has.
const serverNames: ReadonlySet<string> = new Set(["redis-server", "valkey-server"]);

/**
 * Refuses to go on while a Redis runs on the data directory, as far as this PID namespace shows: it would go on writing
 * to the files that are moved aside, and its next save would replace what was restored.
 *
 * @param options.binary - What Redis is called here, beside the usual names.
 * @throws InstanceError `RESTORE_DATA_IN_USE` with the process id.
 */
export async function requireNoRedis(dataDir: string, options: { readonly binary: string }): Promise<void> {
  const directory = await realpath(dataDir);
  const [running] = await listRedisIn((path) => path === directory, options);
  if (running === undefined) return;
  throw new InstanceError(
    "RESTORE_DATA_IN_USE",
    `restoring into ${dataDir} is refused: Redis runs there as process ${running}; stop it first`,
  );
}

/**
 * Ends what a restore that was killed has left running on what it had staged, as far as this PID namespace shows.
 *
 * @param options.binary - What Redis is called here, beside the usual names.
 */
export async function endScratchServers(
  dataDir: string,
  options: { readonly binary?: string | undefined },
): Promise<void> {
  const staging = join(await realpath(dataDir), restoreNames.staging);
  for (const pid of await listRedisIn((path) => path.startsWith(`${staging}/`), options)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}

async function listRedisIn(
  isWanted: (workingDirectory: string) => boolean,
  { binary }: { readonly binary?: string | undefined },
): Promise<readonly number[]> {
  const processes = await createProcessTable().list();
  const ownName = binary === undefined ? undefined : basename(binary);
  const servers = processes.filter(({ name }) => serverNames.has(name) || name === ownName);
  const pids = await Promise.all(
    servers.map(async ({ pid }) => {
      // Not readable: the process of another user, or gone.
      const directory = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
      return directory !== undefined && isWanted(directory) ? pid : undefined;
    }),
  );
  return pids.filter((pid) => pid !== undefined);
}
