import { mkdir, readdir } from "node:fs/promises";
import { describeError, InstanceError } from "../errors.ts";

/**
 * Makes Redis' working directory unless it is there.
 *
 * @throws InstanceError `PROCESS_START_FAILED` if it can't be made.
 */
export async function makeDataDirectory(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (cause) {
    throw new InstanceError(
      "PROCESS_START_FAILED",
      `making the data directory ${dir} failed: ${describeError(cause)}; set DATA_DIR to a writable one`,
      { cause },
    );
  }
}

/** What the files in Redis' working directory are called. */
export interface DataFileNames {
  readonly snapshot: string;
  readonly appendOnlyDirectory: string;
}

/** Tells whether the directory holds a snapshot and no append-only files, those of a Redis before 7.0 included. */
export async function holdsOnlySnapshot(dir: string, names: DataFileNames): Promise<boolean> {
  const entries = await readdir(dir);
  const isAppendOnly = (entry: string) => entry === names.appendOnlyDirectory || entry.endsWith(".aof");
  return entries.includes(names.snapshot) && !entries.some(isAppendOnly);
}
