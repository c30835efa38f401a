import { readlink, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { createProcessTable, type ProcessEntry } from "./proc-table.ts";

// Redis makes its `dir` its working directory, so that tells which data a Redis has.
const serverNames: ReadonlySet<string> = new Set(["redis-server", "valkey-server"]);

// The kernel keeps so many characters of a name.
const nameLength = 15;

/**
 * Finds every redis-server of this PID namespace by the directory that it runs in, as far as it may be seen. None on a
 * system without `/proc`.
 *
 * @param isWanted - Is asked with each server's working directory, links resolved.
 * @param options.binary - What Redis is called here, beside the usual names.
 */
export async function listRedisIn(
  isWanted: (workingDirectory: string) => boolean,
  { binary }: { readonly binary?: string | undefined },
): Promise<readonly ProcessEntry[]> {
  const ownName = binary === undefined ? undefined : basename(binary).slice(0, nameLength);
  const processes = await createProcessTable().list();
  const servers = processes.filter(({ name }) => serverNames.has(name) || name === ownName);
  const found = await Promise.all(
    servers.map(async (server) => {
      // Not readable: the process of another user, or gone.
      const directory = await readlink(join("/proc", String(server.pid), "cwd")).catch(() => undefined);
      return directory !== undefined && isWanted(directory) ? server : undefined;
    }),
  );
  return found.filter((server) => server !== undefined);
}

/** As {@link listRedisIn}, of the servers that have a data directory as theirs. */
export async function listRedisOn(
  dataDir: string,
  options: { readonly binary: string },
): Promise<readonly ProcessEntry[]> {
  const directory = await realpath(dataDir);
  return listRedisIn((path) => path === directory, options);
}
