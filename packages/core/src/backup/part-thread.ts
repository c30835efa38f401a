import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { describeError } from "../errors.ts";
import { isPartOrder, isPartThreadFile, type PartReply } from "./part-messages.ts";

// The program of the thread that reads and hashes a file: see threaded-part-reader.ts. It waits for the disk, as
// nothing else happens in it.

// Hashed as soon as it was read, while the processor's cache still holds it.
const pieceSizeBytes = 256 * 1024;

/** Answers orders until the thread is ended from outside. */
function serveParts(): void {
  if (parentPort === null || !isPartThreadFile(workerData)) throw new Error("this is no thread of a reader");
  const port = parentPort;
  const { fd } = workerData;
  const hash = createHash("sha256");
  let position = 0;

  function readPart(buffer: Uint8Array): PartReply {
    let filled = 0;
    while (filled < buffer.length) {
      const length = Math.min(pieceSizeBytes, buffer.length - filled);
      const bytesRead = readSync(fd, buffer, filled, length, position);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(filled, filled + bytesRead));
      filled += bytesRead;
      position += bytesRead;
    }
    return { bytesRead: filled };
  }

  port.on("message", (order) => {
    if (!isPartOrder(order)) return;
    try {
      port.postMessage(
        order === "finish"
          ? { bytesRead: 0, checksumSha256: hash.digest("hex") }
          : readPart(new Uint8Array(order.buffer, 0, order.length)),
      );
    } catch (error) {
      port.postMessage({ trouble: describeError(error) } satisfies PartReply);
    }
  });
}

serveParts();
