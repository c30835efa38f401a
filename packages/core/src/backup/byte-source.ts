/** Bytes that are read once, from the start, into buffers of the reader's own. */
export interface ByteSource {
  /**
   * Reads the next bytes into the start of `target`.
   *
   * @returns How many: at least one, or 0 at the end. Not to be called again before that has settled.
   */
  read(target: Buffer): Promise<number>;
}

/** A source of what a buffer holds. */
export function readBuffer(content: Buffer): ByteSource {
  let rest = content;
  return {
    read(target) {
      const copied = rest.copy(target);
      rest = rest.subarray(copied);
      return Promise.resolve(copied);
    },
  };
}

/** A source of what several others hold, one after the other. */
export function joinSources(sources: readonly ByteSource[]): ByteSource {
  const waiting = sources.values();
  let current = waiting.next();
  return {
    async read(target) {
      while (current.done !== true) {
        const bytesRead = await current.value.read(target);
        if (bytesRead > 0) return bytesRead;
        current = waiting.next();
      }
      return 0;
    },
  };
}

/** Reads until `target` is full or the source has ended; returns how many bytes that were. */
export async function fillFrom(source: ByteSource, target: Buffer): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const bytesRead = await source.read(target.subarray(filled));
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
