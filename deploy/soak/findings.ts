import type { BackupRecord } from "./backups.ts";
import type { Damage } from "./faults/inflict.ts";
import type { Journal } from "./journal.ts";
import type { LogTrouble } from "./log-trouble.ts";
import type { SoakOptions } from "./options.ts";
import type { RestoreRecord } from "./restores.ts";
import type { Sampler } from "./sampler.ts";

/** Everything that a verdict is given from. */
export interface Findings extends Damage, Pick<Journal, "happenings" | "probes" | "samples" | "seconds"> {
  readonly options: SoakOptions;
  /** Of the load, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Whether it was ended before its time. */
  readonly wasCutShort: boolean;
  /** The pod whose container no fault has ended. */
  readonly witness: string;
  readonly backups: readonly BackupRecord[];
  readonly restores: readonly RestoreRecord[];
  readonly refusals: Sampler["refusals"];
  /** What each instance held in the end. */
  readonly digests: readonly { readonly pod: string; readonly keys: number; readonly sha256: string }[];
  /** Whether the store was empty once all objects were deleted; and objects without metadata, or metadata alone. */
  readonly store: { readonly isEmpty: boolean; readonly incomplete: readonly string[] };
  readonly logTroubles: readonly LogTrouble[];
  /** What kept it from going on to its end. */
  readonly breakdown: string | undefined;
}
