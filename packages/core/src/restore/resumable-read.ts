import { setTimeout as sleep } from "node:timers/promises";
import { describeError } from "../errors.ts";
import type { Logger } from "../logger.ts";

/** Opens what is read at an offset in bytes: what comes out begins there. */
export type OpenAt = (offsetBytes: number) => Promise<AsyncIterable<Buffer>>;

/** How a read goes on after it broke off. */
export interface ResumableReadOptions {
  readonly sizeBytes: number;
  /** How often in a row it may fail without a byte in between. */
  readonly maxAttempts: number;
  /** Before the second attempt in a row, in milliseconds; it doubles with each. */
  readonly firstPauseMs: number;
  /** Tells whether another attempt can succeed. */
  readonly isWorthRepeating: (error: unknown) => boolean;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Reads to the end, and where it breaks off opens it again where it stopped.
 *
 * @throws What `openAt` or its stream threw last; `signal`'s reason if that aborts.
 */
export async function* readResumably(
  openAt: OpenAt,
  options: ResumableReadOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const { sizeBytes, maxAttempts, firstPauseMs, isWorthRepeating, signal, logger } = options;
  let receivedBytes = 0;
  let failures = 0;
  do {
    signal.throwIfAborted();
    try {
      for await (const chunk of await openAt(receivedBytes)) {
        receivedBytes += chunk.length;
        failures = 0;
        yield chunk;
      }
      if (receivedBytes >= sizeBytes) return;
      throw new Error(`it ended at ${receivedBytes} of ${sizeBytes} bytes`);
    } catch (error) {
      failures += 1;
      signal.throwIfAborted();
      if (failures >= maxAttempts || !isWorthRepeating(error)) throw error;
      logger.warn(
        { receivedBytes, sizeBytes, reason: describeError(error) },
        "the download broke off and goes on where it stopped",
      );
      await sleep(firstPauseMs * 2 ** (failures - 1), undefined, { signal });
    }
  } while (receivedBytes < sizeBytes);
}
