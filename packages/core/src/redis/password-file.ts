import { readFile } from "node:fs/promises";
import { describeError, InstanceError } from "../errors.ts";

/**
 * Reads the Redis password, trimmed; empty means none.
 *
 * @throws InstanceError `REDIS_AUTH_FAILED` if the file can't be read.
 */
export async function readPasswordFile(passwordFile: string): Promise<string> {
  try {
    return (await readFile(passwordFile, "utf8")).trim();
  } catch (cause) {
    throw new InstanceError(
      "REDIS_AUTH_FAILED",
      `reading the Redis password file ${passwordFile} failed: ${describeError(cause)}`,
      { cause },
    );
  }
}
