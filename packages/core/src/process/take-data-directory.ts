import { InstanceError } from "../errors.ts";
import { makeDataDirectory } from "./data-directory.ts";
import { lockDirectory } from "./directory-lock.ts";
import { endOrphans, type EndOrphansOptions } from "./end-orphans.ts";

/**
 * Makes the data directory this process' own, until it ends: no other manager of this host has it, and no redis-server of
 * one before runs on it any more.
 *
 * @returns Gives it back.
 * @throws InstanceError `PROCESS_START_FAILED` if it can't be made, or another manager has it.
 */
export async function takeDataDirectory(dir: string, options: EndOrphansOptions): Promise<AsyncDisposable> {
  await makeDataDirectory(dir);
  const lock = await lockDirectory(dir, { purpose: "instance" });
  if (lock === undefined) {
    const message = `another instance manager runs on the data directory ${dir}; set DATA_DIR to one of its own`;
    throw new InstanceError("PROCESS_START_FAILED", message);
  }
  await endOrphans(dir, options);
  return lock;
}
