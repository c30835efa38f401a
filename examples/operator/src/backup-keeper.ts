import type { InstanceClient } from "@redis-operator/client";
import type { InstanceObservation } from "@redis-operator/client/failover";
import { findBackupSlot } from "./decide/backup-slot.ts";
import { chooseBackupSource } from "./decide/backup-source.ts";
import type { Log } from "./log.ts";
import type { BackupSettings } from "./settings.ts";

/** Takes backups in the background, one at a time, while rounds go on. */
export interface BackupKeeper {
  /** Begins one if it is due and somebody can be backed up. Trouble goes to the log. */
  consider(observations: readonly InstanceObservation[], currentPrimary: string): void;
  /** Waits for the end of the one that runs, which the signal cancels. */
  settled(): Promise<void>;
}

/** What {@link createBackupKeeper} needs. */
export interface BackupKeeperDeps {
  readonly cluster: string;
  readonly settings: BackupSettings;
  readonly instance: (name: string) => InstanceClient;
  readonly log: Log;
  readonly signal: AbortSignal;
}

// A store that is down is not asked every second.
const retryAfterMs = 60_000;

/** Creates a keeper that knows of no backup yet: what is in the bucket tells it whether one is due. */
export function createBackupKeeper(deps: BackupKeeperDeps): BackupKeeper {
  const { cluster, settings, instance, log, signal } = deps;
  const { everyMs, keepLast, s3 } = settings;
  const destination = { s3 };
  let running: Promise<void> | undefined;
  let notBeforeMs = 0;

  async function findNewest(source: InstanceClient): Promise<number> {
    const { kept } = await source.backups.prune({ destination, keepLast: 1 }, { signal });
    return Date.parse(kept[0]?.startedAt ?? "1970-01-01T00:00:00Z");
  }

  async function backUp(name: string): Promise<void> {
    const { backupName, startMs, endMs } = findBackupSlot(Date.now(), { cluster, everyMs });
    try {
      const source = instance(name);
      if ((await findNewest(source)) < startMs) {
        const { backupPath, backupSize } = await source.backup({ backupName, destination }, { signal });
        log.info("backup stored", { instance: name, backupPath, backupSize });
        const { deleted } = await source.backups.prune({ destination, keepLast, dryRun: false }, { signal });
        if (deleted.length > 0)
          log.info("backups pruned", { objectKeys: deleted.map(({ objectKey }) => objectKey) });
      }
      notBeforeMs = endMs;
    } catch (error) {
      log.warn("backup failed", { instance: name, backupName, error });
      notBeforeMs = Date.now() + retryAfterMs;
    }
  }

  return {
    consider(observations, currentPrimary) {
      if (running !== undefined || signal.aborted || Date.now() < notBeforeMs) return;
      const source = chooseBackupSource(observations, currentPrimary);
      if (source === undefined) return;
      running = backUp(source).finally(() => {
        running = undefined;
      });
    },
    settled: async () => running,
  };
}
