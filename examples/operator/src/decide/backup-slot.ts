/** A span of time in which one backup is to begin. */
export interface BackupSlot {
  /** The same for every operator that asks within the slot, so that one backup isn't made twice. */
  readonly backupName: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** The slot of a moment: slots of this length follow one another without a gap, from the epoch on. */
export function findBackupSlot(
  nowMs: number,
  { cluster, everyMs }: { readonly cluster: string; readonly everyMs: number },
): BackupSlot {
  const startMs = Math.floor(nowMs / everyMs) * everyMs;
  const stamp = new Date(startMs).toISOString().toLowerCase().replaceAll(/[:.-]/g, "");
  return { backupName: `${cluster}-${stamp}`, startMs, endMs: startMs + everyMs };
}
