import { InstanceError } from "../errors.ts";
import type { Artifact } from "./artifact.ts";
import { openFrozenFile } from "./frozen-file.ts";

/**
 * Opens an RDB file. Redis replaces it by rename, so the descriptor keeps this snapshot.
 *
 * @throws InstanceError `ARTIFACT_FAILED` if it isn't there or can't be read.
 */
export async function openSnapshotArtifact(path: string): Promise<Artifact> {
  const file = await openFrozenFile(path);
  if (file === undefined) {
    throw new InstanceError("ARTIFACT_FAILED", `reading the snapshot failed: there is no file ${path}`);
  }
  return { ...file, type: "rdb", maxSizeBytes: file.sizeBytes };
}
