import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Parser, type ReadEntry } from "tar";
import { describeError, InstanceError, isInstanceError } from "../errors.ts";
import { onDisk } from "./disk-error.ts";
import { createDurableFile } from "./durable-file.ts";
import { requireSpace } from "./free-space.ts";
import { parseListedFiles } from "./listed-files.ts";
import { entryName } from "./restore-names.ts";

/** Where an archive is unpacked. */
export interface UnpackOptions {
  /** A folder, to be made. */
  readonly dir: string;
  /** The name that the manifest gets, whatever it has in the archive. */
  readonly manifestName: string;
}

const maxManifestBytes = 1024 * 1024;
// Headers, padding and the end of the archive beside the files' own bytes, and what one chunk may hold ahead.
const maxOverheadBytes = 2 * 1024 * 1024;
const gunzipChunkBytes = 256 * 1024;

/**
 * Unpacks the archive of an append-only directory on its way: the manifest, which comes first, and exactly the files that
 * it names. Everything in it is taken for hostile: whoever may write to the bucket has written it.
 *
 * @throws InstanceError `RESTORE_ARTIFACT_INVALID` if it holds anything else or is damaged; `RESTORE_NO_SPACE`,
 * `RESTORE_PLACEMENT_FAILED`; what `archive` throws.
 */
export async function unpackArchive(
  archive: AsyncIterable<Buffer>,
  { dir, manifestName }: UnpackOptions,
): Promise<void> {
  await onDisk(`making ${dir}`, () => mkdir(dir, { recursive: true, mode: 0o700 }));
  const contents = createContents();

  async function store(entry: ReadEntry): Promise<void> {
    const name = requirePlainFile(entry);
    await requireSpace(dir, { neededBytes: entry.size, what: `unpacking ${name}` });
    if (contents.isManifestDue()) {
      const text = await readManifest(entry);
      contents.list(text, { reservedName: manifestName });
      await write(join(dir, manifestName), text);
    } else {
      contents.take(name);
      await write(join(dir, name), entry);
    }
  }

  try {
    await pipeline(archive, createGunzip({ chunkSize: gunzipChunkBytes }), (chunks: AsyncIterable<Buffer>) =>
      parseArchive(chunks, store),
    );
    contents.requireAll();
  } catch (cause) {
    if (isInstanceError(cause)) throw cause;
    throw invalid(describeError(cause), cause);
  }
}

/** Feeds an archive to the parser and hands over one file after the other. */
async function parseArchive(
  chunks: AsyncIterable<Buffer>,
  store: (entry: ReadEntry) => Promise<void>,
): Promise<void> {
  const failure = Promise.withResolvers<never>();
  // It is awaited only while something else is.
  failure.promise.catch(() => undefined);
  let current: ReadEntry | undefined;
  let storing = Promise.resolve();
  let announcedBytes = 0;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      current = entry;
      announcedBytes += entry.size;
      storing = storing.then(() => store(entry));
      storing.catch(failure.reject);
    },
  });
  parser.on("error", failure.reject);
  parser.on("ignoredEntry", ({ path }: ReadEntry) => failure.reject(invalid(`${path} is no plain file`)));
  const next = (event: "drain" | "end") => new Promise((resolve) => parser.once(event, resolve));
  const ended = next("end");

  try {
    let passedBytes = 0;
    for await (const chunk of chunks) {
      passedBytes += chunk.length;
      const drained = parser.write(chunk) ? undefined : next("drain");
      await Promise.race([failure.promise, drained]);
      if (passedBytes > announcedBytes + maxOverheadBytes) throw invalid("it is larger than its files");
    }
    parser.end();
    await Promise.race([failure.promise, ended]);
    await storing;
  } catch (error) {
    // What waits for the rest of a file would wait for ever, with the file open.
    current?.on("error", () => undefined).destroy(error);
    await storing.catch(() => undefined);
    throw error;
  }
}

/** What the manifest names, and what of it has come. */
function createContents() {
  let awaited: Set<string> | undefined;
  return {
    isManifestDue: () => awaited === undefined,
    list(manifest: Buffer, { reservedName }: { readonly reservedName: string }): void {
      const names = parseListedFiles(manifest.toString("utf8")).map(({ name }) => name);
      awaited = new Set(names);
      if (names.length === 0) throw invalid("its manifest names no file");
      if (awaited.size < names.length || awaited.has(reservedName)) {
        throw invalid("its manifest names a file twice");
      }
    },
    take(name: string): void {
      if (awaited?.delete(name) !== true) throw invalid(`${name} is not in its manifest, or comes twice`);
    },
    requireAll(): void {
      if (awaited === undefined) throw invalid("it is empty");
      const [missing] = awaited;
      if (missing !== undefined) throw invalid(`${missing} is in its manifest and not in it`);
    },
  };
}

function requirePlainFile({ path, type }: ReadEntry): string {
  if (type !== "File" && type !== "OldFile") throw invalid(`${path} is no plain file but a ${type}`);
  if (!entryName.test(path)) throw invalid(`${path} is no name of a file in one folder`);
  return path;
}

async function readManifest(entry: ReadEntry): Promise<Buffer> {
  if (!entry.path.endsWith(".manifest")) {
    throw invalid(`it begins with ${entry.path} and not with the manifest of an append-only directory`);
  }
  if (entry.size > maxManifestBytes) throw invalid("its manifest is too large");
  return await entry.concat();
}

async function write(path: string, content: Buffer | ReadEntry): Promise<void> {
  await onDisk(`writing ${path}`, () => createDurableFile(path, (handle) => handle.writeFile(content)));
}

function invalid(why: string, cause?: unknown): InstanceError {
  return new InstanceError("RESTORE_ARTIFACT_INVALID", `unpacking the archive failed: ${why}`, { cause });
}
