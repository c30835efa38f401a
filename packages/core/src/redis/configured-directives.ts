import { glob, readFile } from "node:fs/promises";
import { describeError, InstanceError } from "../errors.ts";
import { splitWords } from "./split-words.ts";

/** Where the directives of a Redis are written down. */
export interface DirectiveSources {
  /** A redis.conf, which may include others. */
  readonly includeFile?: string | undefined;
  /** What comes after it: a directive and what stands behind it in redis.conf. */
  readonly directives?: Readonly<Record<string, string>>;
}

// Files that include each other end here; Redis itself would not start.
const maxDepth = 16;

/**
 * Reads the first argument of each directive named, as Redis will take it: the last line counts, and a file that is
 * included counts where it is included.
 *
 * @returns The directives that are set.
 * @throws InstanceError `REDIS_CONFIG_INVALID` if a file can't be read.
 */
export async function readConfiguredDirectives<Name extends string>(
  names: readonly Name[],
  { includeFile, directives = {} }: DirectiveSources,
): Promise<ReadonlyMap<Name, string>> {
  const values = new Map<Name, string>();
  function take([directive = "", value]: readonly string[]): void {
    const name = names.find((candidate) => candidate === directive.toLowerCase());
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  if (includeFile !== undefined) await readConfigFile(includeFile, { depth: 0, take });
  for (const [name, value] of Object.entries(directives)) take([name, ...splitWords(value)]);
  return values;
}

interface Reading {
  readonly depth: number;
  readonly take: (words: readonly string[]) => void;
}

async function readConfigFile(path: string, { depth, take }: Reading): Promise<void> {
  for (const line of (await readText(path)).split("\n")) {
    if (line.trimStart().startsWith("#")) continue;
    const words = splitWords(line);
    const [directive = "", pattern] = words;
    if (directive.toLowerCase() !== "include" || pattern === undefined) {
      take(words);
    } else if (depth < maxDepth) {
      for (const file of await findFiles(pattern)) await readConfigFile(file, { depth: depth + 1, take });
    }
  }
}

/** In the order in which Redis reads them. */
async function findFiles(pattern: string): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const file of glob(pattern)) files.push(file);
  return files.toSorted();
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new InstanceError(
      "REDIS_CONFIG_INVALID",
      `reading Redis' configuration ${path} failed: ${describeError(cause)}`,
      { cause },
    );
  }
}
