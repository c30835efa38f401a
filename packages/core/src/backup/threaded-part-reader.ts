import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { InstanceError } from "../errors.ts";
import type { OpenFile } from "./frozen-file.ts";
import { isPartReply, type PartOrder, type PartThreadFile } from "./part-messages.ts";
import type { PartReader } from "./part-reader.ts";

// It needs a heap for little more than its program.
const resourceLimits = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16, stackSizeMb: 1 };

/**
 * Creates a reader of an open file that reads and hashes in a thread of its own, while this one sends: on two processors a
 * large artifact is through in two thirds of the time.
 *
 * @param options.program - Of the thread: `part-thread.ts`, or a bundle of it.
 */
export function createThreadedPartReader(
  { fd, path, sizeBytes }: OpenFile,
  { program }: { readonly program: string },
): PartReader {
  const thread = new Worker(program, {
    workerData: { fd } satisfies PartThreadFile,
    resourceLimits,
  });
  let position = 0;

  async function ask(order: PartOrder) {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin; that is a window's.
    thread.postMessage(order);
    const [reply]: unknown[] = await once(thread, "message");
    if (!isPartReply(reply)) throw new Error("the thread of the reader answered something else");
    if ("trouble" in reply) {
      throw new InstanceError("ARTIFACT_FAILED", `reading ${path} failed: ${reply.trouble}`);
    }
    return reply;
  }

  return {
    async read(buffer) {
      const length = Math.min(buffer.length, sizeBytes - position);
      if (length === 0) return buffer.subarray(0, 0);
      if (!(buffer.buffer instanceof SharedArrayBuffer)) throw new Error("the buffer can't be shared");
      const { bytesRead } = await ask({ buffer: buffer.buffer, length });
      position += bytesRead;
      if (bytesRead === length) return buffer.subarray(0, length);
      throw new InstanceError(
        "ARTIFACT_FAILED",
        `reading ${path} failed: it ended at ${position} of ${sizeBytes} bytes`,
      );
    },
    async finish() {
      const { checksumSha256 = "" } = await ask("finish");
      return { sizeBytes: position, checksumSha256 };
    },
    async [Symbol.asyncDispose]() {
      await thread.terminate();
    },
  };
}
