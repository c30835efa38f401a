const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

// Node runs a timer beyond 2^31 - 1 ms at once, which would turn the longest timeout into none.
const longestTimerMs = 2 ** 31 - 1;

const part = String.raw`(\d+(?:\.\d*)?|\.\d+)(${Object.keys(unitMs).join("|")})`;
const whole = new RegExp(`^(?:${part})+$`);

/**
 * Parses a duration as Kubernetes writes it (Go's format): `5s`, `1m30s`, `500ms`, `1.5h`.
 *
 * Only what can be a timeout is taken: at least 1 ms (a fraction is cut off) and at most 24 days.
 *
 * @returns Milliseconds.
 * @throws SyntaxError that says what was expected.
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseDuration(text: string): number {
  if (!whole.test(text)) {
    throw new SyntaxError(`expected a duration such as 5s, 1m30s or 500ms, not ${JSON.stringify(text)}`);
  }
  let durationMs = 0;
  for (const [, number, unit = ""] of text.matchAll(new RegExp(part, "g"))) {
    durationMs += Number(number) * (unitMs[unit] ?? Number.NaN);
  }
  // Adding binary fractions falls short of a whole number by parts in 10^16.
  const wholeMs = Math.floor(durationMs + 1e-6);
  if (wholeMs < 1 || wholeMs > longestTimerMs) {
    throw new SyntaxError(`expected a duration from 1ms to 24 days, not ${text}`);
  }
  return wholeMs;
}
