/**
 * Reads a `Retry-After` header, which holds seconds or a date, as milliseconds from now.
 *
 * @returns `undefined` for one that is missing or can't be read; 0 for a date that has passed.
 */
export function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - Date.now());
}
