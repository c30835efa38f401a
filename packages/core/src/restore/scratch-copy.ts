import { constants, copyFile, link, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type DataFileNames, manifestName } from "../persistence/data-files.ts";
import { onDisk } from "./disk-error.ts";
import { readListedFiles } from "./listed-files.ts";
import type { BackupForm } from "./stage-backup.ts";

/** What is copied for a Redis that is only to load it. */
export interface ScratchCopy {
  readonly from: string;
  /** A folder, to be made. */
  readonly to: string;
  readonly names: DataFileNames;
  readonly form: BackupForm;
}

/**
 * Copies what a Redis changes when it loads a backup, and links what it only reads: it cuts an incomplete command off the
 * last increment, and writes the manifest anew.
 */
export async function copyForScratch({ from, to, names, form }: ScratchCopy): Promise<void> {
  await onDisk(`copying the backup to ${to}`, async () => {
    await mkdir(to, { mode: 0o700 });
    if (form === "snapshot") {
      await linkOrCopy(join(from, names.snapshot), join(to, names.snapshot));
      return;
    }
    const source = join(from, names.appendOnlyDirectory);
    const target = join(to, names.appendOnlyDirectory);
    const manifest = manifestName(names);
    await mkdir(target, { mode: 0o700 });
    await copyFile(join(source, manifest), join(target, manifest));
    for (const { name, type } of await readListedFiles(join(source, manifest))) {
      const copy = type === "incremental" ? cloneOrCopy : linkOrCopy;
      await copy(join(source, name), join(target, name));
    }
  });
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  // Not every file system knows links.
  await link(from, to).catch(() => cloneOrCopy(from, to));
}

async function cloneOrCopy(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}
