import type { ByteSource } from "./byte-source.ts";
import type { OpenFile } from "./frozen-file.ts";
import type { ArtifactType } from "./object-key.ts";

/**
 * What a backup stores, opened: from here on nothing that Redis does can change it.
 *
 * Reading it throws InstanceError `ARTIFACT_FAILED` if its bytes can't be read in full.
 */
export interface Artifact extends ByteSource, AsyncDisposable {
  readonly type: ArtifactType;
  /** At most this many bytes come out of it. */
  readonly maxSizeBytes: number;
  /** How many bytes come out of it, where that is known before. */
  readonly sizeBytes?: number;
  /** Where its bytes are those of one file. */
  readonly file?: OpenFile;
}
