import { readFile, stat } from "node:fs/promises";
import { parseAofManifest } from "./aof-manifest.ts";
import { unlessMissing } from "./missing-file.ts";

/**
 * What a background job writes. Redis counts a job when it starts it, and reports the status of the one before when it
 * ends a job by itself (`FLUSHALL`, a full sync): only what lies on the disk proves that it was carried out.
 */
export interface JobProduct {
  /** In words that fit into a message. */
  readonly what: string;
  /** Reads what tells the present one from the next. */
  readVersion(): Promise<string>;
}

const none = "none";

/** Tells an RDB file from its successor: Redis replaces it by rename. */
export async function readSnapshotVersion(path: string): Promise<string> {
  const file = await unlessMissing(stat(path, { bigint: true }));
  return file === undefined ? none : `${file.dev}:${file.ino}:${file.mtimeNs}:${file.size}`;
}

/** Tells the base file of an append-only directory from its successor: Redis uses no name twice. */
export async function readBaseVersion(manifestFile: string): Promise<string> {
  const manifest = await unlessMissing(readFile(manifestFile, "utf8"));
  const base = manifest && parseAofManifest(manifest).find(({ type }) => type === "base");
  return base ? base.name : none;
}
