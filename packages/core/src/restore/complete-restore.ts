import { join } from "node:path";
import type { Logger } from "../logger.ts";
import { completePlacement } from "./placement.ts";
import { lockDataDirectory } from "./restore-lock.ts";
import { readMarker } from "./restore-marker.ts";

/**
 * Completes a restore that was cut off while it moved what it had checked to its place, so that a Redis that is about to
 * start finds all of it.
 *
 * @throws InstanceError `RESTORE_PLACEMENT_FAILED`, `RESTORE_DATA_EXISTS`; `RESTORE_DATA_IN_USE` if it is not cut off but
 * running.
 */
export async function completeRestore(
  dataDir: string,
  { logger }: { readonly logger: Logger },
): Promise<void> {
  if ((await readMarker(dataDir))?.state !== "placing") return;
  await using _lock = await lockDataDirectory(dataDir);
  const marker = await completePlacement(dataDir);
  if (marker === undefined) return;
  logger.warn(
    { source: marker.source, path: join(dataDir, marker.target) },
    "completed a restore that was cut off",
  );
}
