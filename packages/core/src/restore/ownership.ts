import { chmod, chown, stat } from "node:fs/promises";

/** Who owns what a restore writes, and who may read it. */
export interface Ownership {
  /** Unset: whoever runs this; only root can give files away. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly fileMode: number;
  readonly folderMode: number;
}

/**
 * Reads who is to own what lies in the data directory: its owner, because Redis runs as that or as root.
 *
 * Where the directory's group may write to it, Redis may have it through the group alone (`fsGroup` of a pod whose
 * volume belongs to root), so the group gets the files too.
 */
export async function readOwnership(dataDir: string): Promise<Ownership> {
  const { uid, gid, mode } = await stat(dataDir);
  const isForGroup = (mode & 0o020) !== 0;
  return {
    ...(process.getuid?.() === 0 && { owner: { uid, gid } }),
    fileMode: isForGroup ? 0o660 : 0o600,
    folderMode: isForGroup ? 0o770 : 0o700,
  };
}

/** Gives a file or a folder to its owner. */
export async function applyOwnership(path: string, ownership: Ownership): Promise<void> {
  const { owner, fileMode, folderMode } = ownership;
  await chmod(path, (await stat(path)).isDirectory() ? folderMode : fileMode);
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
}
