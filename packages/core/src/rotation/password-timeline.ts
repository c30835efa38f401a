/** A password and since when it is the one, in milliseconds of a clock that only goes forward. */
export interface PasswordEntry {
  readonly password: string;
  readonly sinceMs: number;
}

/** The passwords of this instance, oldest first; the last one is what the file holds. */
export type PasswordTimeline = readonly PasswordEntry[];

/** Which passwords count now. */
export interface PasswordPlan {
  readonly current: string;
  /** Older ones that Redis still takes, newest first. */
  readonly retiring: readonly string[];
  /** Older ones that Redis takes no more. */
  readonly retired: readonly string[];
}

/** Adds a password if it is another than the last. The first one has always been. */
export function enterPassword(
  timeline: PasswordTimeline,
  { password, sinceMs }: PasswordEntry,
): PasswordTimeline {
  if (timeline.at(-1)?.password === password) return timeline;
  return [...timeline, { password, sinceMs: timeline.length === 0 ? -Infinity : sinceMs }];
}

/** Decides which passwords count: each one for `graceMs` beyond its successor's coming. */
export function planPasswords(
  timeline: PasswordTimeline,
  { nowMs, graceMs }: { readonly nowMs: number; readonly graceMs: number },
): PasswordPlan {
  const current = timeline.at(-1)?.password ?? "";
  const retiring = new Set<string>();
  const retired = new Set<string>();
  // From the newest on: what counts as the later one of two entries counts.
  for (let index = timeline.length - 2; index >= 0; index -= 1) {
    const [entry, successor] = timeline.slice(index, index + 2);
    if (entry === undefined || successor === undefined || entry.password === current) continue;
    if (nowMs < successor.sinceMs + graceMs) retiring.add(entry.password);
    else if (!retiring.has(entry.password)) retired.add(entry.password);
  }
  return { current, retiring: [...retiring], retired: [...retired] };
}

/**
 * Decides which password this instance shows to its primary: the current one. While the primary refuses it, because it
 * rotates later or has been restarted in between, the others that count take their turns.
 */
export function chooseMasterauth(
  { current, retiring }: PasswordPlan,
  { chosen, isRefused }: { readonly chosen: string; readonly isRefused: boolean },
): string {
  const usable = [current, ...retiring];
  const index = usable.indexOf(chosen);
  if (index === -1) return current;
  return isRefused ? (usable[(index + 1) % usable.length] ?? current) : chosen;
}
