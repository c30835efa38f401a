import { describeError, InstanceError } from "../errors.ts";
import type { BackupSetup } from "./backup-messages.ts";
import { readS3Credentials } from "./credentials.ts";
import { pruneBackups } from "./prune.ts";
import type { PruneRequest, PruneResult } from "./prune-request.ts";
import { createS3Client } from "./s3-client.ts";

// Ten thousand backups at a hundred deletions a second take three minutes. No backup can begin meanwhile.
const timeoutMs = 900_000;

/**
 * Prunes with the credentials and the patience of backups.
 *
 * @throws InstanceError as `pruneBackups` and `readS3Credentials`; `BACKUP_ABORTED` if `signal` aborts.
 */
export async function runPruneJob(
  request: PruneRequest,
  { setup, signal }: { readonly setup: BackupSetup; readonly signal: AbortSignal },
): Promise<PruneResult> {
  const { destination } = request;
  const { settings } = setup;
  const attempted = `pruning s3://${destination.bucket}/${destination.path}`;
  const deadline = AbortSignal.timeout(timeoutMs);
  const credentials = await readS3Credentials(setup.credentialsDir);
  const client = createS3Client({
    store: destination,
    credentials,
    connectTimeoutMs: settings.uploadConnectTimeoutMs,
    idleTimeoutMs: settings.uploadIdleTimeoutMs,
    maxAttempts: settings.uploadMaxAttempts,
  });
  try {
    return await pruneBackups(request, {
      client,
      credentials,
      signal: AbortSignal.any([signal, deadline]),
      // By the clock of the store, where ours is off: the SDK has compared the two by then.
      readNow: () => Date.now() + client.config.systemClockOffset,
    });
  } catch (cause) {
    if (signal.aborted) {
      const why = describeError(signal.reason);
      throw new InstanceError("BACKUP_ABORTED", `${attempted} was aborted: ${why}`, { cause });
    }
    if (!deadline.aborted) throw cause;
    throw new InstanceError("PRUNE_FAILED", `${attempted} failed: not finished within ${timeoutMs} ms`, {
      cause,
    });
  } finally {
    client.destroy();
  }
}
