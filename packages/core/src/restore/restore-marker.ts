import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseJsonFields } from "../backup/json-fields.ts";
import { InstanceError } from "../errors.ts";
import { hasCode, onDisk } from "./disk-error.ts";
import { replaceDurableFile } from "./durable-file.ts";
import { applyOwnership, readOwnership } from "./ownership.ts";
import { entryName, restoreNames } from "./restore-names.ts";

/** What was, or is being, restored into a data directory. */
export interface RestoreMarker {
  /** `s3://<bucket>/<key>` */
  readonly source: string;
  /** Of the source, as lower-case hex. */
  readonly checksumSha256: string;
  readonly sizeBytes: number;
  /** What was restored before and lies under what has come since: that must not come back by itself either. */
  readonly earlierSources: readonly string[];
  /** `placing`: what is staged is complete and checked, and is being moved to its place. `done`: it is there. */
  readonly state: "placing" | "done";
  /** ISO 8601, UTC: when placing began. */
  readonly restoredAt: string;
  /** Name of what is placed in the data directory: the append-only directory or the snapshot. */
  readonly target: string;
  /** Data from before, to be moved aside; unset: there was none. */
  readonly replaced?: ReplacedData;
}

/** What is moved aside, and where to. */
export interface ReplacedData {
  /** A folder in the data directory. */
  readonly folder: string;
  /** Names in the data directory. */
  readonly entries: readonly string[];
}

/** Tells whether a source was restored, then or earlier. */
export function isRestored({ source, earlierSources }: RestoreMarker, wanted: string): boolean {
  return source === wanted || earlierSources.includes(wanted);
}

/** Where the marker of a data directory is. */
export function markerFile(dataDir: string): string {
  return join(dataDir, restoreNames.marker);
}

/**
 * Reads the marker of a data directory.
 *
 * @returns `undefined` if nothing was ever restored there.
 * @throws InstanceError `RESTORE_PLACEMENT_FAILED` if it can't be read: guessing could replace live data.
 */
export async function readMarker(dataDir: string): Promise<RestoreMarker | undefined> {
  const file = markerFile(dataDir);
  return await onDisk(`reading ${file}`, async () => {
    const text = await readOptional(file);
    return text === undefined ? undefined : parseMarker(text, file);
  });
}

/** Writes the marker in place of the one before, durably. @throws InstanceError as {@link onDisk}. */
export async function writeMarker(dataDir: string, marker: RestoreMarker): Promise<void> {
  const file = markerFile(dataDir);
  await onDisk(`writing ${file}`, async () => {
    const ownership = await readOwnership(dataDir);
    await replaceDurableFile(file, {
      text: `${JSON.stringify(marker, undefined, 2)}\n`,
      finish: (unfinished) => applyOwnership(unfinished, ownership),
    });
  });
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function parseMarker(text: string, file: string): RestoreMarker {
  const fields = parseJsonFields(
    text,
    (why) =>
      new InstanceError(
        "RESTORE_PLACEMENT_FAILED",
        `reading ${file} failed: ${why}; it says what was restored: if nothing was, remove it`,
      ),
  );
  const replaced = fields.optionalObject("replaced");
  return {
    source: fields.text("source"),
    checksumSha256: fields.text("checksumSha256"),
    sizeBytes: fields.count("sizeBytes"),
    earlierSources: fields.texts("earlierSources", /^s3:\/\/./),
    state: fields.oneOf("state", ["placing", "done"]),
    restoredAt: fields.time("restoredAt"),
    target: fields.text("target", entryName),
    ...(replaced && {
      replaced: { folder: replaced.text("folder", entryName), entries: replaced.texts("entries", entryName) },
    }),
  };
}
