const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const maxDays = 36_500;

/**
 * Reads an age as Go writes durations, with days beside: `30d`, `720h0m0s`, `1.5h`.
 *
 * @returns Milliseconds; `undefined` if it is no such text, zero, or beyond a century.
 */
export function parseAge(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)) return undefined;
  const parts = Array.from(text.matchAll(/([\d.]+)(ms|[smhd])/g));
  const ageMs = parts.reduce(
    (sumMs, [, number, unit = ""]) => sumMs + Number(number) * (unitMs[unit] ?? 0),
    0,
  );
  return ageMs > 0 && ageMs <= maxDays * 86_400_000 ? ageMs : undefined;
}
