import { Parser } from "tar";
import { describe, expect, it } from "vitest";
import { fillFrom, readBuffer } from "./byte-source.ts";
import { packTar, type TarEntry, tarSize } from "./tar-stream.ts";

const textEntry = (name: string, text: string): TarEntry => ({
  name,
  sizeBytes: Buffer.byteLength(text),
  content: readBuffer(Buffer.from(text)),
});

const sized = (sizeBytes: number): TarEntry => ({
  name: "a",
  sizeBytes,
  content: readBuffer(Buffer.alloc(0)),
});

async function pack(entries: readonly TarEntry[]) {
  const source = packTar(entries, { mtime: new Date(1_234_567_890_123) });
  const archive = Buffer.alloc(tarSize(entries) + 1);
  return archive.subarray(0, await fillFrom(source, archive));
}

/** Reads the headers of an archive as node-tar sees them. */
async function readHeaders(archive: Buffer) {
  const headers: { path: string; size: number; mode: number | undefined; mtime: Date | undefined }[] = [];
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const { path, size, mode, mtime } = entry;
      headers.push({ path, size, mode, mtime });
      entry.resume();
    },
  });
  const ended = new Promise((resolve, reject) => {
    parser.on("end", resolve);
    parser.on("error", reject);
  });
  parser.end(archive);
  await ended;
  return headers;
}

describe("packTar", () => {
  it.each([
    ["an empty file", [textEntry("a", "")]],
    ["files around the block size", [textEntry("a", "x".repeat(512)), textEntry("b", "x".repeat(513))]],
    ["a name longer than a header takes", [textEntry(`${"n".repeat(200)}.aof`, "x")]],
    ["a name that is not ASCII", [textEntry("café.aof", "x")]],
  ])("writes an archive of %s, of the size foretold", async (_what, entries) => {
    const archive = await pack(entries);
    expect(archive.length).toBe(tarSize(entries));
    expect(await readHeaders(archive)).toEqual(
      entries.map(({ name, sizeBytes }) => ({
        path: name,
        size: sizeBytes,
        mode: 0o644,
        mtime: new Date(1_234_567_890_000),
      })),
    );
  });

  it("gives a file of 8 GiB and more an extended header, because the plain one has no room for the size", () => {
    const limit = 8 * 1024 ** 3;
    const trailer = 1024;
    expect(tarSize([sized(limit - 512)])).toBe(512 + (limit - 512) + trailer);
    expect(tarSize([sized(limit)])).toBe(1024 + 512 + limit + trailer);
  });
});
