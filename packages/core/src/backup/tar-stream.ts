import { Header, type HeaderData, Pax } from "tar";
import { type ByteSource, joinSources, readBuffer } from "./byte-source.ts";

/** A file to be put into an archive. */
export interface TarEntry {
  readonly name: string;
  readonly sizeBytes: number;
  /** Exactly `sizeBytes` long. */
  readonly content: ByteSource;
}

const blockSizeBytes = 512;
const endOfArchive = Buffer.alloc(2 * blockSizeBytes);

/**
 * Writes a tar archive of plain files, owned by root and readable by all, in the order given.
 *
 * It reads from what the caller has opened, where node-tar's own packer opens files by name: Redis may have
 * removed the names by then.
 *
 * @param options.mtime - Modification time of every entry.
 */
export function packTar(entries: readonly TarEntry[], { mtime }: { readonly mtime: Date }): ByteSource {
  const sources = entries.flatMap((entry) => [
    readBuffer(encodeHeader(entry, mtime)),
    entry.content,
    readBuffer(Buffer.alloc(paddedSize(entry.sizeBytes) - entry.sizeBytes)),
  ]);
  return joinSources([...sources, readBuffer(endOfArchive)]);
}

/** The size in bytes of what {@link packTar} writes. */
export function tarSize(entries: readonly TarEntry[]): number {
  const sizes = entries.map((entry) => encodeHeader(entry, new Date(0)).length + paddedSize(entry.sizeBytes));
  return sizes.reduce((total, size) => total + size, endOfArchive.length);
}

function encodeHeader({ name, sizeBytes }: TarEntry, mtime: Date): Buffer {
  const fields: HeaderData = {
    path: name,
    type: "File",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: sizeBytes,
    // Whole seconds, so that the header needs no extension for the time.
    mtime: new Date(Math.floor(mtime.getTime() / 1000) * 1000),
  };
  const header = new Header(fields);
  const block = Buffer.alloc(blockSizeBytes);
  const needsPax = header.encode(block);
  // A long or non-ASCII name, or 8 GiB and more.
  return needsPax ? Buffer.concat([new Pax({ path: name, size: sizeBytes }).encode(), block]) : block;
}

function paddedSize(sizeBytes: number): number {
  return Math.ceil(sizeBytes / blockSizeBytes) * blockSizeBytes;
}
