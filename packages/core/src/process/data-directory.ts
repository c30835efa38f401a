import { mkdir } from "node:fs/promises";
import { describeError, InstanceError } from "../errors.ts";

/**
 * Makes Redis' working directory unless it is there.
 *
 * @throws InstanceError `PROCESS_START_FAILED` if it can't be made.
 */
export async function makeDataDirectory(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (cause) {
    throw new InstanceError(
      "PROCESS_START_FAILED",
      `making the data directory ${dir} failed: ${describeError(cause)}; set DATA_DIR to a writable one`,
      { cause },
    );
  }
}
