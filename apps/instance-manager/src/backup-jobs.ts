import { join } from "node:path";
import {
  type BackupJobs,
  createBackupJobs,
  createBackupProcess,
  observeBackups,
} from "@redis-operator/core/backup";
import type { Logger } from "@redis-operator/core/logger";
import type { ManagerMetrics } from "@redis-operator/core/metrics";
import type { Config } from "./config.ts";

/** What {@link startBackupJobs} needs. */
export interface BackupJobsDeps {
  readonly config: Config;
  readonly observer: ManagerMetrics;
  readonly stopSignal: AbortSignal;
  readonly logger: Logger;
}

// Buffers make up most of what the process holds; its heap is small and stays so.
const execArgv = ["--max-semi-space-size=1", "--optimize-for-size", "--v8-pool-size=1"];
const mallocSettings = { MALLOC_ARENA_MAX: "1" };

/** Creates the backups of this manager, and begins to remove what a killed one has left in its store. */
export function startBackupJobs({ config, observer, stopSignal, logger }: BackupJobsDeps): BackupJobs {
  const { redis, backup } = config;
  const { host, port, passwordFile, tlsDir, dataDir } = redis;
  const backupProcess = createBackupProcess({
    modulePath: join(import.meta.dirname, "backup.cjs"),
    execArgv,
    env: { ...process.env, ...mallocSettings },
    setup: {
      redis: { host, port, passwordFile, tlsDir, ...redis.admin },
      credentialsDir: backup.credentialsDir,
      journalDir: join(dataDir, ".backup-uploads"),
      partThreadProgram: join(import.meta.dirname, "part-thread.cjs"),
      settings: backup.settings,
    },
    logger,
  });
  void backupProcess.discardLeftovers();
  return createBackupJobs({
    makeBackup: observeBackups({
      makeBackup: (request, options) => backupProcess.run(request, options),
      observer,
      logger,
    }),
    prune: (request, options) => backupProcess.prune(request, options),
    allowedDestinations: backup.allowedDestinations,
    stopSignal,
    logger,
  });
}
