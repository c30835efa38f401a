import { type FileHandle, open } from "node:fs/promises";
import { describeError, InstanceError } from "../errors.ts";
import type { ByteSource } from "./byte-source.ts";

/**
 * A file as it was when it was opened, read once: what is renamed over it, appended to it or unlinks it later changes
 * nothing.
 *
 * Reading throws InstanceError `ARTIFACT_FAILED` if it fails or the file has become shorter.
 */
export interface FrozenFile extends ByteSource, AsyncDisposable {
  readonly sizeBytes: number;
  /** For reading by other means. */
  readonly file: OpenFile;
}

/** A file that is open, and the bytes of it that count. */
export interface OpenFile {
  readonly fd: number;
  /** By which it was opened, for messages. */
  readonly path: string;
  readonly sizeBytes: number;
}

// Larger reads cost more: what they bring no longer fits into the processor's cache when it is hashed.
const maxReadBytes = 1024 * 1024;

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
      ...readExactly(handle, { path, sizeBytes }),
      sizeBytes,
      file: { fd: handle.fd, path, sizeBytes },
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

function readExactly(
  handle: FileHandle,
  { path, sizeBytes }: { readonly path: string; readonly sizeBytes: number },
): ByteSource {
  let position = 0;
  return {
    async read(target) {
      const length = Math.min(target.length, maxReadBytes, sizeBytes - position);
      if (length === 0) return 0;
      const { bytesRead } = await handle.read(target, 0, length, position).catch((cause: unknown) => {
        throw readError(path, cause);
      });
      if (bytesRead === 0) throw readError(path, `it ended at ${position} of ${sizeBytes} bytes`);
      position += bytesRead;
      return bytesRead;
    },
  };
}

function readError(path: string, cause: unknown): InstanceError {
  return new InstanceError("ARTIFACT_FAILED", `reading ${path} failed: ${describeError(cause)}`, { cause });
}
