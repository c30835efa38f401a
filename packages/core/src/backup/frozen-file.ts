import { type FileHandle, open } from "node:fs/promises";
import { describeError, InstanceError } from "../errors.ts";

/**
 * A file as it was when it was opened: what is renamed over it, appended to it or unlinks it later changes nothing.
 */
export interface FrozenFile extends AsyncDisposable {
  readonly sizeBytes: number;
  /**
   * Its content from the start, in chunks that are not used again.
   *
   * @throws InstanceError `ARTIFACT_FAILED` if reading fails or the file has become shorter.
   */
  read(): AsyncGenerator<Buffer, void, undefined>;
}

// Large enough that the work per chunk is hashing and sending, small enough that hashing one takes under 1 ms.
const chunkSizeBytes = 1024 * 1024;

/**
 * Opens a file once; its size and its content come from this one descriptor.
 *
 * @returns `undefined` if there is no such file.
 * @throws InstanceError `ARTIFACT_FAILED` if it can't be opened.
 */
export async function openFrozenFile(path: string): Promise<FrozenFile | undefined> {
  try {
    const handle = await open(path);
    const sizeBytes = await readSize(handle).catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
    return {
      sizeBytes,
      read: () => readExactly(handle, { path, sizeBytes }),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw readError(path, cause);
  }
}

async function readSize(handle: FileHandle): Promise<number> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new Error("it is no plain file");
  return stats.size;
}

async function* readExactly(
  handle: FileHandle,
  { path, sizeBytes }: { readonly path: string; readonly sizeBytes: number },
): AsyncGenerator<Buffer, void, undefined> {
  let position = 0;
  while (position < sizeBytes) {
    const length = Math.min(chunkSizeBytes, sizeBytes - position);
    const { bytesRead, buffer } = await handle
      .read(Buffer.allocUnsafe(length), 0, length, position)
      .catch((cause: unknown) => {
        throw readError(path, cause);
      });
    if (bytesRead === 0) throw readError(path, `it ended at ${position} of ${sizeBytes} bytes`);
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function readError(path: string, cause: unknown): InstanceError {
  return new InstanceError("ARTIFACT_FAILED", `reading ${path} failed: ${describeError(cause)}`, { cause });
}
