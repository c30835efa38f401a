import { link, lstat, rename, stat } from "node:fs/promises";
import { InstanceError } from "../errors.ts";
import { hasCode } from "./disk-error.ts";

/** What is moved aside, and where to. */
export interface SetAside {
  readonly from: string;
  readonly to: string;
}

/**
 * Keeps a file or folder under another name before something else takes its own. A file has both names until then, so that
 * there is no moment without either. Done again after a crash, it does what was left to do.
 *
 * @throws InstanceError `RESTORE_DATA_EXISTS` if something else has that name.
 */
export async function setAside({ from, to }: SetAside): Promise<void> {
  const isFile = (await exists(from)) && (await stat(from)).isFile();
  const isLinked = isFile && ((await isSameFile(from, to)) || (await succeeds(link(from, to))));
  // Not every file system knows links.
  if (!isLinked) await moveAside({ from, to });
}

/** Moves a file or folder, unless it is gone: then a run that was cut off has moved it. @throws As {@link setAside}. */
export async function moveAside({ from, to }: SetAside): Promise<void> {
  if (!(await exists(from))) return;
  if (await exists(to)) {
    throw new InstanceError(
      "RESTORE_DATA_EXISTS",
      `moving ${from} aside failed: it appeared while the restore was cut off, and ${to} is there already`,
    );
  }
  await rename(from, to);
}

/** Tells whether there is anything of this name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

async function isSameFile(path: string, other: string): Promise<boolean> {
  return (await exists(other)) && (await stat(other)).ino === (await stat(path)).ino;
}

async function succeeds(step: Promise<void>): Promise<boolean> {
  return await step.then(
    () => true,
    () => false,
  );
}
