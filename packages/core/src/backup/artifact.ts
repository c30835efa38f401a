import type { ArtifactType } from "./object-key.ts";

/** What a backup stores, opened: from here on nothing that Redis does can change it. */
export interface Artifact extends AsyncDisposable {
  readonly type: ArtifactType;
  /** At most this many bytes come out of it. */
  readonly maxSizeBytes: number;
  /**
   * Its bytes, from the start.
   *
   * @throws InstanceError `ARTIFACT_FAILED` if they can't be read in full.
   */
  read(): AsyncIterable<Buffer>;
}
