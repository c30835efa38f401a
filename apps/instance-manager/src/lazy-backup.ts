import type { BackupRunner, BackupRunnerDeps } from "@redis-operator/core/backup";

/**
 * A backup runner that is loaded with the first backup: the AWS SDK costs memory and start-up time that an instance
 * without backups shouldn't pay.
 */
export function createLazyBackup(deps: BackupRunnerDeps): BackupRunner {
  let loading: Promise<BackupRunner> | undefined;

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
      return runner.run(request, options);
    },
  };
}
