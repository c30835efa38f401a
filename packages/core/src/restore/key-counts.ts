import type { KeyCounts } from "../backup/backup-request.ts";

/** A database that does not hold as many keys as it should. */
export interface KeyCountMismatch {
  /** As `INFO` names it: `db0`. */
  readonly database: string;
  readonly expected: { readonly least: number; readonly most: number };
  readonly found: number;
}

/** The keys that a backup's metadata tells of. */
export interface ExpectedKeyCounts {
  /** Right before the save or rewrite. */
  readonly keyCounts: KeyCounts;
  /** After it. */
  readonly keyCountsAfter: KeyCounts;
}

/** The keys of a backup that a redis-server has loaded, beside those that its metadata tells of. */
export interface VerifiedKeyCounts {
  readonly keyCounts: KeyCounts;
  readonly backupKeyCounts: { readonly before: KeyCounts; readonly after: KeyCounts };
}

/**
 * Compares the keys found with those that the backup had: as many as before and after the save where these agree, else a
 * number between them. Where keys came and went meanwhile, a good backup may hold any number.
 *
 * @returns The databases that do not fit, in the order of their numbers.
 */
export function compareKeyCounts(
  found: KeyCounts,
  { keyCounts, keyCountsAfter }: ExpectedKeyCounts,
): readonly KeyCountMismatch[] {
  const databases = new Set([found, keyCounts, keyCountsAfter].flatMap((counts) => Object.keys(counts)));
  return [...databases]
    .toSorted((a, b) => databaseNumber(a) - databaseNumber(b))
    .map((database) => {
      const [before, after] = [keyCounts[database] ?? 0, keyCountsAfter[database] ?? 0];
      return {
        database,
        expected: { least: Math.min(before, after), most: Math.max(before, after) },
        found: found[database] ?? 0,
      };
    })
    .filter(({ expected, found: count }) => count < expected.least || count > expected.most);
}

/** How many databases a Redis needs to hold them all. */
export function countDatabases({ keyCounts, keyCountsAfter }: ExpectedKeyCounts): number {
  const numbers = [keyCounts, keyCountsAfter].flatMap((counts) => Object.keys(counts)).map(databaseNumber);
  return Math.max(defaultDatabases, ...numbers.map((number) => number + 1));
}

// Redis' default; one that is in the backup without a key counts too.
const defaultDatabases = 16;

function databaseNumber(database: string): number {
  return Number(database.replace(/^db/, ""));
}
