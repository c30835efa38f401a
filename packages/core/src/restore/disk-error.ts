import { describeError, InstanceError, isInstanceError } from "../errors.ts";

/**
 * Runs a step that reads or writes the data directory, and gives what it throws a code.
 *
 * @param attempted - The step, as the beginning of a sentence that goes on "failed: …".
 * @throws InstanceError `RESTORE_NO_SPACE` if the volume is full, `RESTORE_PLACEMENT_FAILED` for any other reason;
 * an {@link InstanceError} passes as it is.
 */
export async function onDisk<Value>(attempted: string, step: () => Promise<Value>): Promise<Value> {
  try {
    return await step();
  } catch (cause) {
    if (isInstanceError(cause)) throw cause;
    const code =
      hasCode(cause, "ENOSPC") || hasCode(cause, "EDQUOT") ? "RESTORE_NO_SPACE" : "RESTORE_PLACEMENT_FAILED";
    throw new InstanceError(code, `${attempted} failed: ${describeError(cause)}`, { cause });
  }
}

/** Tells whether the operating system named an error so (`ENOENT`, …). */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
