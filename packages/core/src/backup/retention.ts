/** Which backups to keep: each rule keeps what it says, and what neither keeps goes. */
export interface RetentionPolicy {
  /** The so many newest; unset: the rule keeps nothing. */
  readonly keepLast?: number | undefined;
  /** Those begun within this time; unset: the rule keeps nothing. */
  readonly keepForMs?: number | undefined;
}

/** What a decision rests on. */
export interface DatedBackup {
  readonly objectKey: string;
  /** ISO 8601. A backup holds what Redis held then. */
  readonly startedAt: string;
}

/** Why a backup is kept: the newest one always is. */
export type KeepReason = "newest" | "within-keep-last" | "within-keep-for";

/** Why a backup goes. */
export type DeleteReason = "beyond-keep-last" | "older-than-keep-for" | "beyond-both";

/** What becomes of each backup, newest first. */
export interface RetentionDecision<Backup> {
  readonly kept: readonly { readonly backup: Backup; readonly reason: KeepReason }[];
  readonly deleted: readonly { readonly backup: Backup; readonly reason: DeleteReason }[];
}

/**
 * Decides which backups go.
 *
 * @param options.now - Milliseconds since the epoch. What begins in the future, by a clock that was wrong, is young.
 */
export function decideRetention<Backup extends DatedBackup>(
  backups: readonly Backup[],
  { keepLast, keepForMs, now }: RetentionPolicy & { readonly now: number },
): RetentionDecision<Backup> {
  const reason = keepLast === undefined ? "older-than-keep-for" : "beyond-keep-last";
  const deleteReason: DeleteReason =
    keepLast !== undefined && keepForMs !== undefined ? "beyond-both" : reason;

  const judged = backups.toSorted(compareNewestFirst).map((backup, index) => {
    return { backup, keepReason: findKeepReason(backup, index) };
  });

  function findKeepReason({ startedAt }: Backup, index: number): KeepReason | undefined {
    if (index === 0) return "newest";
    if (keepLast !== undefined && index < keepLast) return "within-keep-last";
    if (keepForMs !== undefined && now - Date.parse(startedAt) <= keepForMs) return "within-keep-for";
    return undefined;
  }

  return {
    kept: judged.flatMap(({ backup, keepReason }) =>
      keepReason === undefined ? [] : [{ backup, reason: keepReason }],
    ),
    deleted: judged.flatMap(({ backup, keepReason }) =>
      keepReason === undefined ? [{ backup, reason: deleteReason }] : [],
    ),
  };
}

function compareNewestFirst(a: DatedBackup, b: DatedBackup): number {
  // The key decides between equal times, so that a dry run and the run after it agree.
  return Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.objectKey < b.objectKey ? -1 : 1);
}
