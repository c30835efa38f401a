import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BackupMetadata } from "../backup/backup-metadata.ts";
import { type DataFileNames, manifestName } from "../persistence/data-files.ts";
import { onDisk } from "./disk-error.ts";
import { createDurableFile } from "./durable-file.ts";
import { unpackArchive } from "./unpack-archive.ts";

/** Where Redis is to find a backup: in its append-only directory or as its snapshot. */
export type BackupForm = "append-only-directory" | "snapshot";

/** The base file of an append-only directory that begins with a snapshot; the manifest may name it anything. */
const baseName = "appendonly.aof.1.base.rdb";

/** How a backup is written down. */
export interface StageOptions {
  /** The folder that takes the place of Redis' working directory. */
  readonly dir: string;
  readonly names: DataFileNames;
  /** An archive is an append-only directory, whatever is asked for here. */
  readonly form: BackupForm;
}

/**
 * Writes a backup to the disk as Redis loads it, as it comes from the store.
 *
 * With `appendonly yes` Redis ignores a snapshot and comes up empty, so that becomes the base of an append-only directory.
 *
 * @throws InstanceError `RESTORE_NO_SPACE`, `RESTORE_PLACEMENT_FAILED`, `RESTORE_ARTIFACT_INVALID`; what `content` throws.
 */
export async function stageBackup(
  content: AsyncIterable<Buffer>,
  options: StageOptions & { readonly artifactType: BackupMetadata["artifactType"] },
): Promise<void> {
  const { dir, names, form, artifactType } = options;
  const directory = join(dir, names.appendOnlyDirectory);
  const manifest = manifestName(names);
  if (artifactType === "aof-archive") {
    await unpackArchive(content, { dir: directory, manifestName: manifest });
    return;
  }
  await writeNew(snapshotPath(dir, { names, form }), content);
  if (form === "append-only-directory") {
    await writeNew(join(directory, manifest), `file ${baseName} seq 1 type b\n`);
  }
}

/** Where {@link stageBackup} writes a snapshot. */
export function snapshotPath(
  dir: string,
  { names, form }: { readonly names: DataFileNames; readonly form: BackupForm },
): string {
  return form === "snapshot" ? join(dir, names.snapshot) : join(dir, names.appendOnlyDirectory, baseName);
}

async function writeNew(path: string, content: AsyncIterable<Buffer> | string): Promise<void> {
  await onDisk(`writing ${path}`, async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await createDurableFile(path, (handle) => handle.writeFile(content));
  });
}
