import { type BackupResult, backupRequestSchema } from "@redis-operator/client/contract";
import type { BackupRunner } from "@redis-operator/core/backup";
import type { Handler } from "hono";
import { parseBody } from "../request.ts";

/** What {@link backupRoute} needs. */
export interface BackupDeps {
  /** Runs one backup at a time. */
  readonly backup: BackupRunner;
  /** Aborted when the manager begins to stop. */
  readonly stopSignal: AbortSignal;
}

/**
 * `POST /v1/backup`: backs up and answers when the object is stored. A caller that goes away cancels it: nobody would
 * learn of the object.
 */
export function backupRoute({ backup, stopSignal }: BackupDeps): Handler {
  return async (context) => {
    const { backupName, method, destination } = await parseBody(context, backupRequestSchema);
    const result = await backup.run(
      { backupName, method, destination: destination.s3 },
      { signal: AbortSignal.any([context.req.raw.signal, stopSignal]) },
    );
    return context.json<BackupResult>({
      artifactType: result.artifactType,
      backupPath: result.backupPath,
      objectKey: result.objectKey,
      backupSize: result.sizeBytes,
      checksumSHA256: result.checksumSha256,
    });
  };
}
