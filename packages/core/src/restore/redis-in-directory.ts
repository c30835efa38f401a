import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { InstanceError } from "../errors.ts";
import { listRedisIn, listRedisOn } from "../process/redis-in-directory.ts";
import { restoreNames } from "./restore-names.ts";

/**
 * Refuses to go on while a Redis runs on the data directory, as far as this PID namespace shows: it would go on writing
 * to the files that are moved aside, and its next save would replace what was restored.
 *
 * @param options.binary - What Redis is called here, beside the usual names.
 * @throws InstanceError `RESTORE_DATA_IN_USE` with the process id.
 */
export async function requireNoRedis(dataDir: string, options: { readonly binary: string }): Promise<void> {
  const [running] = await listRedisOn(dataDir, options);
  if (running === undefined) return;
  throw new InstanceError(
    "RESTORE_DATA_IN_USE",
    `restoring into ${dataDir} is refused: Redis runs there as process ${running.pid}; stop it first`,
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
  for (const { pid } of await listRedisIn((path) => path.startsWith(`${staging}/`), options)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}
