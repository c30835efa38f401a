import { readFile } from "node:fs/promises";
import { describeError, InstanceError } from "../errors.ts";
import { type AppendOnlyFile, parseAofManifest } from "../persistence/aof-manifest.ts";

/** Reads the files that the manifest of an unpacked append-only directory names, in the order in which Redis loads them. */
export async function readListedFiles(manifest: string): Promise<readonly AppendOnlyFile[]> {
  return parseListedFiles(await readFile(manifest, "utf8"));
}

/** @throws InstanceError `RESTORE_ARTIFACT_INVALID` if the text is no manifest. */
export function parseListedFiles(text: string): readonly AppendOnlyFile[] {
  try {
    return parseAofManifest(text);
  } catch (cause) {
    throw new InstanceError("RESTORE_ARTIFACT_INVALID", describeError(cause), { cause });
  }
}
