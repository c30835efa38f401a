import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { readResumably, type ResumableReadOptions } from "./resumable-read.ts";

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const options: ResumableReadOptions = {
  sizeBytes: 10,
  maxAttempts: 3,
  firstPauseMs: 1,
  isWorthRepeating: () => true,
  signal: new AbortController().signal,
  logger: silent,
};

/** Sends so many bytes with each opening and then breaks, but for the last, which sends the rest. */
function createSource(sentBytes: readonly number[]) {
  const offsets: number[] = [];
  async function* openAt(offset: number) {
    const sent = sentBytes[offsets.length];
    offsets.push(offset);
    const rest = Buffer.from("0123456789").subarray(offset);
    if (sent === undefined) {
      yield rest;
      return;
    }
    if (sent > 0) yield rest.subarray(0, sent);
    throw new Error("broken");
  }
  return { offsets, openAt: (offset: number) => Promise.resolve(openAt(offset)) };
}

async function readAll(chunks: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += chunk.toString();
  return text;
}

describe("readResumably", () => {
  it.each([
    ["at once", [], [0]],
    ["after it broke", [4], [0, 4]],
    ["after it broke more often than it may without a byte", [1, 1, 1, 1, 1], [0, 1, 2, 3, 4, 5]],
    ["after an attempt without a byte", [3, 0], [0, 3, 3]],
    ["when it breaks after the last byte", [10], [0]],
  ])("reads everything %s", async (_what, sentBytes, offsets) => {
    const source = createSource(sentBytes);
    expect(await readAll(readResumably(source.openAt, options))).toBe("0123456789");
    expect(source.offsets).toEqual(offsets);
  });

  it("gives up after as many attempts in a row as it may without a byte", async () => {
    const source = createSource([4, 0, 0, 0, 0]);
    await expect(readAll(readResumably(source.openAt, options))).rejects.toThrow("broken");
    expect(source.offsets).toEqual([0, 4, 4]);
  });

  it("does not repeat what isn't worth it", async () => {
    const source = createSource([4]);
    const read = readResumably(source.openAt, { ...options, isWorthRepeating: () => false });
    await expect(readAll(read)).rejects.toThrow("broken");
    expect(source.offsets).toEqual([0]);
  });

  it("takes an end before the size for a break", async () => {
    const read = readResumably(
      (offset) => Promise.resolve(Readable.from(offset === 0 ? [Buffer.from("01234")] : [])),
      options,
    );
    await expect(readAll(read)).rejects.toThrow("it ended at 5 of 10 bytes");
  });

  it("reads nothing of what is empty", async () => {
    const empty = readResumably(() => Promise.resolve(Readable.from([])), { ...options, sizeBytes: 0 });
    expect(await readAll(empty)).toBe("");
  });

  it("ends with the reason of an abort", async () => {
    const signal = AbortSignal.abort(new Error("stopped"));
    await expect(readAll(readResumably(createSource([]).openAt, { ...options, signal }))).rejects.toThrow(
      "stopped",
    );
  });
});
