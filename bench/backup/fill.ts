import { randomBytes } from "node:crypto";
import type { RedisServer } from "@redis-operator/testbed";

/**
 * What the values are. `mixed`: in the RDB file half of the bytes are random, half are text like that of session records,
 * which Redis has compressed. `random`: nothing can be compressed.
 */
export type ValueKind = "mixed" | "random";

// What Redis' LZF makes of the text; only how near a file comes to the size that was asked for depends on it.
const textRatio = 0.5;
const valueBytes = 16 * 1024;
const valuesPerPipeline = 64;
const poolBytes = 64 * 1024 * 1024;

/** Creates what fills a Redis: each call adds values that take up about so many bytes of an RDB file. */
export function createFiller({ client }: RedisServer, kind: ValueKind) {
  // A repetition is further away than gzip or LZF look back.
  const random = randomBytes(poolBytes);
  const text = kind === "mixed" ? writeText(poolBytes) : undefined;
  let written = 0;

  /** @returns how many bytes the value adds to the file. */
  function addValue(pipeline: ReturnType<typeof client.pipeline>): number {
    written += 1;
    const isText = text !== undefined && written % 3 !== 0;
    const pool = isText ? text : random;
    const start = (written * 31 * valueBytes) % (poolBytes - valueBytes);
    pipeline.set(`key:${written}`, pool.subarray(start, start + valueBytes));
    return isText ? valueBytes * textRatio : valueBytes;
  }

  return {
    async fill(fileBytes: number): Promise<void> {
      let added = 0;
      while (added < fileBytes) {
        const pipeline = client.pipeline();
        for (let index = 0; index < valuesPerPipeline && added < fileBytes; index += 1)
          added += addValue(pipeline);
        await pipeline.exec();
      }
    },
  };
}

function writeText(bytes: number): Buffer {
  const pool = Buffer.alloc(bytes);
  const ids = randomBytes(bytes / 8);
  let offset = 0;
  for (let record = 0; offset < bytes; record += 1) {
    const id = ids.subarray((record * 12) % (ids.length - 12)).toString("hex", 0, 12);
    const token = ids.subarray((record * 24) % (ids.length - 24)).toString("hex", 0, 24);
    const line = `{"user":"${id}","token":"${token}","visits":${record % 977},"lastSeen":"2026-11-${10 + (record % 20)}T12:00:00Z","theme":"dark"}\n`;
    offset += pool.write(line, offset);
  }
  return pool;
}
