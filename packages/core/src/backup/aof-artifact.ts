import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describeError, InstanceError } from "../errors.ts";
import { type AppendOnlyFile, parseAofManifest } from "../persistence/aof-manifest.ts";
import type { AppendOnlyDirectory } from "../persistence/aof-rewrite.ts";
import type { Artifact } from "./artifact.ts";
import { type FrozenFile, openFrozenFile } from "./frozen-file.ts";
import { readBuffer } from "./byte-source.ts";
import { maxGzipSize, parallelGzip } from "./parallel-gzip.ts";
import { packTar, type TarEntry, tarSize } from "./tar-stream.ts";

// Opening a few files takes about a millisecond, a rewrite forks: even one that falls in between is rare.
const maxAttempts = 10;

/**
 * Opens a state of the append-only directory that Redis can load, for an archive as tar.gz.
 *
 * A rewrite may swap the files at any moment, and only then: a name is never used twice, so if all that a manifest
 * names could be opened they belong together, and if one is gone the manifest is out of date. From then on the
 * descriptors keep the files, whatever Redis removes, and each is read up to its size at opening. That may cut the
 * last command of the last file, which Redis tolerates (`aof-load-truncated yes`, the default).
 *
 * @throws InstanceError `ARTIFACT_FAILED` if the manifest or a file can't be read.
 */
export async function openAofArtifact(directory: AppendOnlyDirectory): Promise<Artifact> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const files = await tryOpenAll(directory);
    if (files !== undefined) return createArtifact(directory, files);
  }
  throw new InstanceError(
    "ARTIFACT_FAILED",
    `archiving ${directory.path} failed: in each of ${maxAttempts} attempts its manifest named a missing file`,
  );
}

interface OpenFile {
  readonly listed: AppendOnlyFile;
  readonly file: FrozenFile;
}

/** @returns `undefined` if a file that the manifest names is not there. */
async function tryOpenAll(directory: AppendOnlyDirectory): Promise<readonly OpenFile[] | undefined> {
  const files: OpenFile[] = [];
  let isComplete = false;
  try {
    for (const listed of parseAofManifest(await readManifest(directory))) {
      if (listed.type === "history") continue;
      const file = await openFrozenFile(join(directory.path, listed.name));
      if (file === undefined) return undefined;
      files.push({ listed, file });
    }
    isComplete = true;
    return files;
  } finally {
    if (!isComplete) await closeAll(files);
  }
}

async function readManifest({ path, manifestName }: AppendOnlyDirectory): Promise<string> {
  try {
    return await readFile(join(path, manifestName), "utf8");
  } catch (cause) {
    throw new InstanceError(
      "ARTIFACT_FAILED",
      `reading the manifest of ${path} failed: ${describeError(cause)}`,
      { cause },
    );
  }
}

function createArtifact(directory: AppendOnlyDirectory, files: readonly OpenFile[]): Artifact {
  const manifest = Buffer.from(files.map(({ listed }) => `${listed.line}\n`).join(""));
  const entries: TarEntry[] = [
    // First, because Redis refuses a directory that lacks a file, but starts empty in one that lacks the manifest.
    { name: directory.manifestName, sizeBytes: manifest.length, content: readBuffer(manifest) },
    ...files.map(({ listed: { name }, file }) => ({ name, sizeBytes: file.sizeBytes, content: file })),
  ];
  return {
    ...parallelGzip(packTar(entries, { mtime: new Date() })),
    type: "aof-archive",
    maxSizeBytes: maxGzipSize(tarSize(entries)),
    [Symbol.asyncDispose]: () => closeAll(files),
  };
}

async function closeAll(files: readonly OpenFile[]): Promise<void> {
  for (const { file } of files) await file[Symbol.asyncDispose]();
}
