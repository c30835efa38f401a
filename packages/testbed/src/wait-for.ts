import { setTimeout as pause } from "node:timers/promises";

const pollIntervalMs = 10;

/** What {@link waitFor} waits for, and for how long at the most. */
export interface WaitForOptions {
  /** What is awaited, for the message of a wait that ended in vain. */
  readonly what: string;
  readonly timeoutMs?: number;
}

/** Thrown by a probe of {@link waitFor} when no later attempt can succeed: the wait ends at once with it. */
export class Hopeless extends Error {
  override readonly name = "Hopeless";
}

/**
 * Polls until `probe` answers something other than `undefined` or `false`, and returns it.
 *
 * @throws Hopeless as the probe threw it; otherwise an Error that names what was awaited, with the last error of `probe` as its cause.
 */
export async function waitFor<Value>(
  probe: () => Value | undefined | false | Promise<Value | undefined | false>,
  { what, timeoutMs = 30_000 }: WaitForOptions,
): Promise<Value> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      lastError = error;
    }
    await pause(pollIntervalMs);
  }
  throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: lastError });
}
