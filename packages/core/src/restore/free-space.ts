import { statfs } from "node:fs/promises";
import { InstanceError } from "../errors.ts";
import { onDisk } from "./disk-error.ts";

/**
 * Refuses to begin what the volume has no space for.
 *
 * @param options.what - What needs the space, for the message.
 * @throws InstanceError `RESTORE_NO_SPACE`; `RESTORE_PLACEMENT_FAILED` if the volume can't be asked.
 */
export async function requireSpace(
  dir: string,
  { neededBytes, what }: { readonly neededBytes: number; readonly what: string },
): Promise<void> {
  const { bavail, bsize } = await onDisk(`asking for the free space of ${dir}`, () => statfs(dir));
  const availableBytes = bavail * bsize;
  if (neededBytes <= availableBytes) return;
  throw new InstanceError(
    "RESTORE_NO_SPACE",
    `${what} needs ${neededBytes} bytes, but ${dir} has only ${availableBytes} left`,
  );
}
