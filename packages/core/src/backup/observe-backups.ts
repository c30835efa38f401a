import type { Logger } from "../logger.ts";
import type { BackupMethod, BackupRequest, BackupResult, BackupRunOptions } from "./backup-request.ts";

/** Watches backups begin and end. */
export interface BackupObserver {
  backupStarted(): void;
  /** The store has acknowledged so many more bytes. */
  backupUploaded(part: { readonly method: BackupMethod; readonly sizeBytes: number }): void;
  backupEnded(outcome: BackupOutcome): void;
}

/** How a backup ended. */
export type BackupOutcome = { readonly method: BackupMethod; readonly durationMs: number } & (
  { readonly succeeded: true; readonly sizeBytes: number } | { readonly succeeded: false }
);

/** Makes one backup. */
export type MakeBackup = (request: BackupRequest, options: BackupRunOptions) => Promise<BackupResult>;

/**
 * Has an observer told, and the log, of every backup that is made.
 *
 * @param deps.makeBackup - The `run` of a `BackupProcess`.
 * @param deps.observer - The metrics.
 */
export function observeBackups(deps: {
  readonly makeBackup: MakeBackup;
  readonly observer: BackupObserver;
  readonly logger: Logger;
}): MakeBackup {
  const { makeBackup, observer, logger } = deps;
  return async (request, options) => {
    const { backupName, method, destination } = request;
    const startedAt = performance.now();
    const elapsedMs = () => Math.round(performance.now() - startedAt);
    let sentBytes = 0;
    function noteSent(totalBytes: number) {
      if (totalBytes <= sentBytes) return;
      observer.backupUploaded({ method, sizeBytes: totalBytes - sentBytes });
      sentBytes = totalBytes;
    }
    logger.info({ backupName, method, bucket: destination.bucket }, "backup started");
    observer.backupStarted();
    try {
      const result = await makeBackup(request, {
        ...options,
        onProgress(progress) {
          noteSent(progress.sentBytes);
          options.onProgress(progress);
        },
      });
      // What came after the last report of progress.
      noteSent(result.sizeBytes);
      observer.backupEnded({ method, durationMs: elapsedMs(), succeeded: true, sizeBytes: result.sizeBytes });
      logger.info({ backupName, method, ...result, durationMs: elapsedMs() }, "backup finished");
      return result;
    } catch (error) {
      observer.backupEnded({ method, durationMs: elapsedMs(), succeeded: false });
      throw error;
    }
  };
}
