import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InstanceError, isInstanceError } from "../errors.ts";
import { onDisk } from "./disk-error.ts";
import { syncToDisk } from "./durable-file.ts";
import { applyOwnership, readOwnership } from "./ownership.ts";
import { readMarker, type RestoreMarker, writeMarker } from "./restore-marker.ts";
import { restoreNames, stagingFolders } from "./restore-names.ts";
import { exists, moveAside, setAside, type SetAside } from "./set-aside.ts";

/** Where what is complete and checked waits to be placed. */
function stagedPath(dataDir: string, target: string): string {
  return join(stagingFolders(dataDir).complete, target);
}

/**
 * Moves what is staged to its place, and what was there before aside.
 *
 * The marker is written first, so that a crash at any point is completed by {@link completePlacement}: a step that was
 * done is not done again. Only names change, within one volume, so each step is done or not.
 *
 * @throws InstanceError `RESTORE_PLACEMENT_FAILED`, `RESTORE_NO_SPACE`, `RESTORE_DATA_EXISTS`.
 */
export async function placeStaged(
  dataDir: string,
  marker: Omit<RestoreMarker, "state">,
): Promise<RestoreMarker> {
  await onDisk(`preparing ${stagedPath(dataDir, marker.target)}`, () => prepare(dataDir, marker.target));
  const placing = { ...marker, state: "placing" } as const;
  return await tellWhatIsLeft(dataDir, async () => {
    await writeMarker(dataDir, placing);
    return await finishPlacing(dataDir, placing);
  });
}

/**
 * Completes a placement that a crash cut off. To be called before Redis is started on the directory, because it may find
 * neither the old data nor the new until then.
 *
 * @returns The marker that the directory has then; `undefined` if nothing was ever restored there.
 * @throws InstanceError as {@link placeStaged}.
 */
export async function completePlacement(dataDir: string): Promise<RestoreMarker | undefined> {
  const marker = await readMarker(dataDir);
  if (marker?.state !== "placing") return marker;
  return await tellWhatIsLeft(dataDir, () => finishPlacing(dataDir, marker));
}

/** Removes what restores that failed or were cut off have downloaded. */
export async function removeStaging(dataDir: string): Promise<void> {
  const staging = join(dataDir, restoreNames.staging);
  await onDisk(`removing ${staging}`, () => rm(staging, { recursive: true, force: true }));
}

/** Gives what is staged to its owner and waits until it is on the disk. */
async function prepare(dataDir: string, target: string): Promise<void> {
  const path = stagedPath(dataDir, target);
  const ownership = await readOwnership(dataDir);
  const files = (await stat(path)).isDirectory() ? await readdir(path) : [];
  for (const entry of [...files.map((name) => join(path, name)), path]) {
    await applyOwnership(entry, ownership);
    await syncToDisk(entry);
  }
  await syncToDisk(dirname(path));
}

/** Adds to what the disk failed with, once the placement has begun, that it goes on from there. */
async function tellWhatIsLeft<Value>(dataDir: string, step: () => Promise<Value>): Promise<Value> {
  try {
    return await step();
  } catch (error) {
    // A refusal has no cause: it is for a person to decide, and says how.
    if (!isInstanceError(error) || error.cause === undefined) throw error;
    const marker = await readMarker(dataDir).catch(() => undefined);
    if (marker?.state !== "placing") throw error;
    const left = "what is left to do is done by the next run, or by the manager before it starts Redis";
    throw new InstanceError(error.code, `${error.message}; ${left}`, { cause: error });
  }
}

async function finishPlacing(dataDir: string, marker: RestoreMarker): Promise<RestoreMarker> {
  await onDisk(`placing ${marker.target} in ${dataDir}`, async () => {
    const { target, replaced } = marker;
    if (replaced !== undefined) await makeFolder(dataDir, replaced.folder);
    await placeTarget(dataDir, marker);
    for (const entry of replaced?.entries ?? []) {
      if (entry !== target) await moveAside(aside(dataDir, { marker, entry }));
    }
    if (replaced !== undefined) await syncToDisk(join(dataDir, replaced.folder));
    await syncToDisk(dataDir);
  });
  const done = { ...marker, state: "done" } as const;
  await writeMarker(dataDir, done);
  await removeStaging(dataDir);
  return done;
}

async function placeTarget(dataDir: string, marker: RestoreMarker): Promise<void> {
  const { target, replaced } = marker;
  const [staged, path] = [stagedPath(dataDir, target), join(dataDir, target)];
  if (!(await exists(staged))) {
    // A run that was cut off has placed it.
    if (await exists(path)) return;
    throw new InstanceError(
      "RESTORE_PLACEMENT_FAILED",
      `placing ${path} failed: ${staged} is gone; to restore anew, remove ${restoreNames.marker}`,
    );
  }
  if (replaced?.entries.includes(target) === true) {
    await setAside(aside(dataDir, { marker, entry: target }));
  } else if (await holdsSomething(path)) {
    throw new InstanceError(
      "RESTORE_DATA_EXISTS",
      `placing ${path} failed: it appeared while the restore was cut off; to keep it, remove ${restoreNames.marker}`,
    );
  }
  await rename(staged, path);
}

function aside(
  dataDir: string,
  { marker, entry }: { readonly marker: RestoreMarker; readonly entry: string },
): SetAside {
  return { from: join(dataDir, entry), to: join(dataDir, marker.replaced?.folder ?? "", entry) };
}

async function makeFolder(dataDir: string, name: string): Promise<void> {
  const path = join(dataDir, name);
  await mkdir(path, { recursive: true });
  await applyOwnership(path, await readOwnership(dataDir));
}

/** Tells whether there is a file of this name, or a folder that isn't empty. */
export async function holdsSomething(path: string): Promise<boolean> {
  if (!(await exists(path))) return false;
  return !(await stat(path)).isDirectory() || (await readdir(path)).length > 0;
}
