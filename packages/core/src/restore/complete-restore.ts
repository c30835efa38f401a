import { join } from "node:path";
import { describeError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { onDisk } from "./disk-error.ts";
import { completePlacement, removeStaging } from "./placement.ts";
import { endScratchServers } from "./redis-in-directory.ts";
import { lockDataDirectory } from "./restore-lock.ts";
import { readMarker } from "./restore-marker.ts";
import { restoreNames } from "./restore-names.ts";
import { exists } from "./set-aside.ts";

/**
 * Completes a restore that was cut off while it moved what it had checked to its place, so that a Redis that is about to
 * start finds all of it. Of one that was cut off before, it removes what is left.
 *
 * @param options.binary - What Redis is called here, beside the usual names.
 * @throws InstanceError `RESTORE_PLACEMENT_FAILED`, `RESTORE_NO_SPACE`, `RESTORE_DATA_EXISTS`; `RESTORE_DATA_IN_USE` if it
 * is not cut off but running.
 */
export async function completeRestore(
  dataDir: string,
  { logger, binary }: { readonly logger: Logger; readonly binary?: string },
): Promise<void> {
  const staging = join(dataDir, restoreNames.staging);
  const hasRemains = () => onDisk(`looking for ${staging}`, () => exists(staging));
  if ((await readMarker(dataDir))?.state !== "placing" && !(await hasRemains())) return;

  await using _lock = await onDisk(`locking ${dataDir}`, () => lockDataDirectory(dataDir));
  await endScratchServers(dataDir, { binary });
  const isCutOff = (await readMarker(dataDir))?.state === "placing";
  const marker = await completePlacement(dataDir);
  if (isCutOff && marker !== undefined) {
    logger.warn(
      { source: marker.source, path: join(dataDir, marker.target) },
      "completed a restore that was cut off",
    );
  }
  if (!(await hasRemains())) return;
  try {
    await removeStaging(dataDir);
    logger.info({ path: staging }, "removed what a restore that was cut off had left");
  } catch (error) {
    // It takes space, and Redis doesn't look at it.
    logger.warn(
      { path: staging, reason: describeError(error) },
      "what a restore that was cut off had left stays",
    );
  }
}
