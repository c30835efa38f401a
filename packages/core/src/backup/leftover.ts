import { isSameObject, type ObjectHead } from "./object-head.ts";
import type { UploadEntry } from "./upload-journal.ts";

/** What lies under the key of an upload that did not come to its end. */
export interface FoundObject {
  /** Unset: nothing. */
  readonly head: ObjectHead | undefined;
  /** Of the backup that the metadata beside it describe; unset without metadata that can be read. */
  readonly backupStartedAt: string | undefined;
}

/**
 * Tells whether an object is what an upload has left, and not a backup: neither its own, nor the one that it was to
 * replace, nor one that another instance has made under the same name since. In doubt it is none: a leftover costs
 * space, a backup can't be had again.
 */
export function isLeftover(
  { startedAt, previous, isStored, stored }: UploadEntry,
  { head, backupStartedAt }: FoundObject,
): boolean {
  if (head === undefined || backupStartedAt === startedAt) return false;
  if (stored !== undefined) return isSameObject(head, stored) && isStale(backupStartedAt, previous);
  if (previous.kind === "unknown" && isStored !== true) return false;
  if (previous.kind === "object" && isSameObject(head, previous.head)) return false;
  return isStale(backupStartedAt, previous);
}

/** Tells whether metadata are those of what was replaced, or missing. */
function isStale(backupStartedAt: string | undefined, previous: UploadEntry["previous"]): boolean {
  return (
    backupStartedAt === undefined ||
    (previous.kind === "object" && backupStartedAt === previous.backupStartedAt)
  );
}
