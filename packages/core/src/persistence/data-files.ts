import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describeError, InstanceError } from "../errors.ts";
import { type DirectiveSources, readConfiguredDirectives } from "../redis/configured-directives.ts";
import { unlessMissing } from "./missing-file.ts";

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
export function manifestName({ appendOnlyFile }: DataFileNames): string {
  return `${appendOnlyFile}.manifest`;
}

/** In what form Redis would find data. */
export interface FoundData {
  readonly hasSnapshot: boolean;
  /**
   * An append-only directory without a manifest doesn't count: Redis had only begun to write it, and loads nothing from
   * it.
   */
  readonly hasAppendOnlyFile: boolean;
}

/**
 * Looks for the data that Redis would load, as far as it is configured to.
 *
 * @throws InstanceError `PROCESS_START_FAILED` if a folder can't be read, from which Redis couldn't load either.
 */
export async function findLoadableData(dir: string, names: DataFileNames): Promise<FoundData> {
  const appendOnlyDir = join(dir, names.appendOnlyDirectory);
  const entries = await requireReadable(dir, readdir(dir));
  const appended = await requireReadable(appendOnlyDir, listFolder(appendOnlyDir));
  return {
    hasSnapshot: entries.includes(names.snapshot),
    hasAppendOnlyFile: entries.includes(names.appendOnlyFile) || appended.includes(manifestName(names)),
  };
}

/** The names of what holds data in Redis' working directory: what a Redis with these names may load, or has written. */
export async function findDataFiles(dir: string, names: DataFileNames): Promise<readonly string[]> {
  const entries = await readdir(dir);
  const files = [names.snapshot, names.appendOnlyFile].filter((name) => entries.includes(name));
  const appended = await listFolder(join(dir, names.appendOnlyDirectory));
  return appended.length === 0 ? files : [names.appendOnlyDirectory, ...files];
}

async function requireReadable<Value>(path: string, reading: Promise<Value>): Promise<Value> {
  try {
    return await reading;
  } catch (cause) {
    throw new InstanceError(
      "PROCESS_START_FAILED",
      `looking for data in ${path} failed: ${describeError(cause)}; give the folder and what is in it to the user that the manager runs as, or to its group, as a pod's fsGroup does`,
      { cause },
    );
  }
}

/** @returns Nothing if there is no such folder. */
async function listFolder(path: string): Promise<readonly string[]> {
  return (await unlessMissing(readdir(path))) ?? [];
}
