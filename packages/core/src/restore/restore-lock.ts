import { InstanceError } from "../errors.ts";
import { lockDirectory } from "../process/directory-lock.ts";

/**
 * Keeps other restores away from a data directory until it goes out of scope or the process ends.
 *
 * @throws InstanceError `RESTORE_DATA_IN_USE` if another restore holds it.
 */
export async function lockDataDirectory(dataDir: string): Promise<AsyncDisposable> {
  const lock = await lockDirectory(dataDir, { purpose: "restore" });
  if (lock !== undefined) return lock;
  throw new InstanceError("RESTORE_DATA_IN_USE", `another restore is running on ${dataDir}`);
}
