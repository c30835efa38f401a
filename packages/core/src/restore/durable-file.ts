import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Waits until a file's content, or the names in a folder, are on the disk. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Creates a file that only its owner may read, hands it to `write`, and returns once it is on the disk. */
export async function createDurableFile(
  path: string,
  write: (handle: FileHandle) => Promise<unknown>,
): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    await write(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a small file in place of the one before: whole or not at all, whatever happens. */
export async function replaceDurableFile(
  path: string,
  { text, finish }: { readonly text: string; readonly finish: (unfinished: string) => Promise<void> },
): Promise<void> {
  const unfinished = `${path}.unfinished`;
  await rm(unfinished, { force: true });
  await createDurableFile(unfinished, (handle) => handle.writeFile(text));
  await finish(unfinished);
  await rename(unfinished, path);
  await syncToDisk(dirname(path));
}
