import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type DirectiveSources, readConfiguredDirectives } from "../redis/configured-directives.ts";

/** What the files in Redis' working directory are called. */
export interface DataFileNames {
  readonly snapshot: string;
  readonly appendOnlyDirectory: string;
  /** Begins the name of the manifest in the append-only directory; before Redis 7.0 the append-only file itself. */
  readonly appendOnlyFile: string;
}

/** How a Redis is configured to keep its data. */
export interface PersistenceConfig {
  readonly names: DataFileNames;
  /** `appendonly`. The generated redis.conf turns it on, so it is unless something turns it off. */
  readonly isAppendOnly: boolean;
}

const directiveNames = ["dbfilename", "appenddirname", "appendfilename", "appendonly"] as const;

/**
 * Reads how a Redis that the manager starts keeps its data, with Redis' defaults for the names.
 *
 * @throws InstanceError `REDIS_CONFIG_INVALID` if a file can't be read.
 */
export async function readPersistenceConfig(sources: DirectiveSources): Promise<PersistenceConfig> {
  const configured = await readConfiguredDirectives(directiveNames, sources);
  return {
    names: {
      snapshot: configured.get("dbfilename") ?? "dump.rdb",
      appendOnlyDirectory: configured.get("appenddirname") ?? "appendonlydir",
      appendOnlyFile: configured.get("appendfilename") ?? "appendonly.aof",
    },
    isAppendOnly: configured.get("appendonly")?.toLowerCase() !== "no",
  };
}

/** The name of the file that tells Redis which files of the append-only directory to load. */
function manifestName({ appendOnlyFile }: DataFileNames): string {
  return `${appendOnlyFile}.manifest`;
}

/**
 * Tells whether a snapshot is all that Redis would find: with `appendonly yes` it would ignore that. An append-only
 * directory without a manifest is one that Redis had only begun to write, and loads nothing from.
 */
export async function holdsOnlySnapshot(dir: string, names: DataFileNames): Promise<boolean> {
  const entries = await readdir(dir);
  if (!entries.includes(names.snapshot) || entries.includes(names.appendOnlyFile)) return false;
  return !(await listFolder(join(dir, names.appendOnlyDirectory))).includes(manifestName(names));
}

/** @returns Nothing if there is no such folder. */
async function listFolder(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
      return [];
    }
    throw error;
  }
}
