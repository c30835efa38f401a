import { setTimeout as pause } from "node:timers/promises";
import type { BackupRunner, BackupRunnerDeps } from "@redis-operator/core/backup";

/** A backup runner that tells when it has nothing more to do. */
export interface LazyBackup extends BackupRunner {
  /** Waits until no backup runs, for `timeoutMs` at the most. Never rejects. */
  idle(options: { readonly timeoutMs: number }): Promise<void>;
}

/**
 * A backup runner that is loaded with the first backup: the AWS SDK costs memory and start-up time that an instance
 * without backups shouldn't pay.
 */
export function createLazyBackup(deps: BackupRunnerDeps): LazyBackup {
  let loading: Promise<BackupRunner> | undefined;
  const running = new Set<Promise<unknown>>();

  async function load(): Promise<BackupRunner> {
    const { createBackupRunner } = await import("@redis-operator/core/backup");
    return createBackupRunner(deps);
  }

  return {
    async run(request, options) {
      loading ??= load().catch((error: unknown) => {
        // The next backup tries again: what failed may have been a lack of file descriptors.
        loading = undefined;
        throw error;
      });
      const runner = await loading;
      const backup = runner.run(request, options);
      running.add(backup);
      try {
        return await backup;
      } finally {
        running.delete(backup);
      }
    },
    async idle({ timeoutMs }) {
      await Promise.race([Promise.allSettled(running), pause(timeoutMs, undefined, { ref: false })]);
    },
  };
}
