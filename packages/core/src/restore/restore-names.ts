import { join } from "node:path";

/** What a restore puts into the data directory beside the data. */
export const restoreNames = {
  /** Says what was restored, and keeps that from being done twice. */
  marker: ".restore.json",
  /** Holds what is downloaded until it is placed, then is removed. */
  staging: ".restore-staging",
  /** Begins the name of the folder that the data from before is moved to. */
  replacedPrefix: ".before-restore-",
} as const;

/** The folders in the staging folder: what waits to be placed, and what a redis-server of the restore's own runs on. */
export function stagingFolders(dataDir: string): { readonly complete: string; readonly scratch: string } {
  const staging = join(dataDir, restoreNames.staging);
  return { complete: join(staging, "complete"), scratch: join(staging, "scratch") };
}

/** A name that stays in the folder that it is looked up in. */
export const entryName: RegExp = /^(?!\.{1,2}$)[^/\0]+$/;
