import type { Check, Evidence } from "./verdict.ts";

/** A backup may fail only by a fault, and what is stored has to be what was told. */
export function checkBackups({ backups, windows }: Evidence): Check {
  const stored = backups.filter(({ outcome }) => outcome.ok);
  const failed = backups.filter(({ outcome }) => !outcome.ok);
  const unexplained = failed.filter(
    ({ startedAt, endedAt, pod }) => !windows.mayFailBackup({ from: startedAt, to: endedAt, pod }),
  );
  const wrong = backups.filter(({ mismatch }) => mismatch !== undefined);
  const reasons = [
    ...unexplained.map(({ name, outcome }) => `${name}: ${outcome.ok ? "" : outcome.reason}`),
    ...wrong.map(({ name, mismatch }) => `${name}: ${mismatch ?? ""}`),
  ];
  return {
    name: "backups",
    expected:
      "fail only during a fault of that pod, of the primary or of the store; each that succeeds has the size and checksum told, and its metadata",
    seen: [
      `${stored.length} of ${backups.length} stored and verified, ${failed.length} failed, ${unexplained.length} of them unexplained`,
      ...reasons,
    ].join("; "),
    ok: stored.length > 0 && unexplained.length === 0 && wrong.length === 0,
  };
}

/** What is restored has to hold what was acknowledged before. */
export function checkRestores({ restores }: Evidence): Check {
  return {
    name: "restores",
    expected:
      "the last backup of each method, made after the last fault, holds all that was acknowledged before it and that no failover has lost",
    seen: restores
      .map(({ backup, method, expected, missing, keys, trouble }) =>
        trouble === undefined
          ? `${backup} (${method}): ${expected} expected, ${missing} missing, ${keys} keys in all`
          : `${backup} (${method}): ${trouble}`,
      )
      .join("; "),
    ok:
      new Set(restores.map(({ method }) => method)).size === 2 &&
      restores.every(({ missing, trouble }) => missing === 0 && trouble === undefined),
  };
}

/** Nothing half-done may be left. */
export function checkStore({ store }: Evidence): Check {
  return {
    name: "store",
    expected: "no object without metadata, no metadata alone, no unfinished upload",
    seen: [
      store.incomplete.length === 0 ? "all objects complete" : `incomplete: ${store.incomplete.join(", ")}`,
      store.isEmpty ? "nothing left when they are deleted" : "something left when they are deleted",
    ].join("; "),
    ok: store.isEmpty && store.incomplete.length === 0,
  };
}
