import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../logger.ts";
import { createProcessTable, type ProcessEntry } from "./proc-table.ts";
import { listRedisOn } from "./redis-in-directory.ts";

/** What {@link endOrphans} needs. */
export interface EndOrphansOptions {
  /** What Redis is called here, beside the usual names. */
  readonly binary: string;
  /** How long each has to save and end after SIGTERM, in milliseconds. */
  readonly graceMs: number;
  readonly logger: Logger;
}

const pollIntervalMs = 50;

// Redis drops a SIGTERM while it writes its first append-only file.
const repeatSigtermMs = 1_000;

// The title of a server's child that saves, rewrites or sends a snapshot: `redis-rdb-bgsave …`, `valkey-aof-rewrite …`.
const savingChild = /^[a-z]+-(?:rdb|aof)-/;

/**
 * Ends every redis-server that still runs on a data directory: the child of a manager that was killed. It would take
 * writes that nobody watches, and two servers on one directory destroy each other's files.
 *
 * To be called only by the one process that has the directory to itself. SIGTERM first, so that it saves; SIGKILL after
 * the grace, and at once for a saving child that has outlived its server: it knows no SIGTERM, and would put its snapshot
 * in place of a newer one.
 */
export async function endOrphans(dataDir: string, options: EndOrphansOptions): Promise<void> {
  const orphans = await listRedisOn(dataDir, options);
  await Promise.all(orphans.map((orphan) => endOrphan(orphan, { ...options, dataDir })));
}

async function endOrphan(
  orphan: ProcessEntry,
  { dataDir, graceMs, logger }: EndOrphansOptions & { readonly dataDir: string },
): Promise<void> {
  const { pid } = orphan;
  if (savingChild.test(await readTitle(pid))) {
    logger.warn({ pid, dataDir }, "killing the saving child of a redis-server that is gone");
    await endsWith("SIGKILL", orphan, graceMs);
    return;
  }
  logger.warn({ pid, dataDir }, "ending the redis-server that a manager before this one left behind");
  if (await endsWith("SIGTERM", orphan, graceMs)) {
    logger.info({ pid }, "the redis-server that was left behind has ended");
    return;
  }
  logger.warn(
    { pid, graceMs },
    "the redis-server that was left behind did not end on SIGTERM, sending SIGKILL",
  );
  await endsWith("SIGKILL", orphan, graceMs);
}

/** Sends the signal, again and again, until the process has ended or the time is up. @returns Whether it has ended. */
async function endsWith(
  signal: "SIGTERM" | "SIGKILL",
  orphan: ProcessEntry,
  timeoutMs: number,
): Promise<boolean> {
  const table = createProcessTable();
  const deadline = performance.now() + timeoutMs;
  let signalAt = 0;
  for (;;) {
    // A pid alone may be another process' by now.
    const found = await table.find(orphan.pid);
    if (found?.startTime !== orphan.startTime) return true;
    const now = performance.now();
    if (now >= deadline) return false;
    if (now >= signalAt) {
      send(orphan.pid, signal);
      // A process stopped with SIGSTOP handles SIGTERM only once it goes on.
      send(orphan.pid, "SIGCONT");
      signalAt = now + repeatSigtermMs;
    }
    await pause(pollIntervalMs);
  }
}

/** What the process calls itself; empty if it is gone. */
function readTitle(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
