import { basename } from "node:path";
import type { ProcessEntry, ProcessTable } from "./proc-table.ts";
import type { RedisProcess } from "./redis-process.ts";

/** What {@link createAttachedProcess} needs. */
export interface AttachedProcessOptions {
  /** Path or name of what the process runs as. */
  readonly binary: string;
  readonly processTable: ProcessTable;
  /** The `process_id` that Redis names now. Rejects if Redis doesn't answer; has a deadline. */
  readonly readProcessId: () => Promise<number>;
  /** Tells whether Redis' port refuses a connection. Never rejects; has a deadline. */
  readonly isPortRefused: () => Promise<boolean>;
}

// What a process that INFO names may be called beside `binary`; with another name, the same pid is another process
// in another PID namespace. `redis-server --sentinel` bears the server's name.
const redisNames: ReadonlySet<string> = new Set([
  "redis-server",
  "redis-sentinel",
  "valkey-server",
  "valkey-sentinel",
]);

/**
 * A Redis that something else started: the process that INFO's `process_id` names.
 *
 * The first call that reaches Redis settles which process that is; from then on the process table answers, until
 * that process is gone and Redis names another. Until the first contact, any process of the name counts. Where the
 * table can't tell, because Redis runs in another PID namespace (a container of its own) or the system has no
 * `/proc`, Redis runs unless its port refuses connections: a Redis that hangs still accepts them.
 */
export function createAttachedProcess(options: AttachedProcessOptions): RedisProcess {
  const { binary, processTable, readProcessId, isPortRefused } = options;
  // The kernel keeps 15 characters of a name.
  const ownName = basename(binary).slice(0, 15);
  let known: ProcessEntry | undefined;

  async function isKnownAlive(): Promise<boolean> {
    if (known === undefined) return false;
    const found = await processTable.find(known.pid);
    return found?.startTime === known.startTime;
  }

  async function isNameInTable(): Promise<boolean> {
    const entries = await processTable.list();
    return entries.some(({ name }) => name === ownName);
  }

  return {
    async isRunning() {
      if (await isKnownAlive()) return true;
      const processId = await readProcessId().catch(() => undefined);
      if (processId !== undefined) {
        const found = await processTable.find(processId);
        const isInTable = found !== undefined && (found.name === ownName || redisNames.has(found.name));
        known = isInTable ? found : undefined;
        return true;
      }
      if (known === undefined && (await isNameInTable())) return true;
      return !(await isPortRefused());
    },
  };
}
