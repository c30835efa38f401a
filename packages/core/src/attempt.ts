import { describeError, InstanceError, type InstanceErrorCode, isInstanceError } from "./errors.ts";

/**
 * Runs one step of a larger undertaking. If it fails with an {@link InstanceError}, that becomes the cause of one that says
 * what was undertaken; a defect (any other error) passes as it is.
 *
 * @param options.attempted - What was undertaken, on what, as the beginning of a sentence that goes on "failed: …".
 * @throws InstanceError of the code given.
 */
export async function attempt<Value>(
  step: () => Promise<Value>,
  { code, attempted }: { readonly code: InstanceErrorCode; readonly attempted: string },
): Promise<Value> {
  try {
    return await step();
  } catch (cause) {
    if (!isInstanceError(cause)) throw cause;
    throw new InstanceError(code, `${attempted} failed: ${describeError(cause)}`, { cause });
  }
}
