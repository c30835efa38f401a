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
  function take(directive: string, value: string | undefined): void {
    const name = names.find((candidate) => candidate === directive);
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  if (includeFile !== undefined) {
    for await (const { name, args } of readConfigFile(includeFile)) take(name, args[0]);
  }
  for (const [name, value] of Object.entries(directives)) take(name.toLowerCase(), splitWords(value)?.[0]);
  return values;
}

/** One line of a redis.conf. */
export interface FileDirective {
  /** In lower case, as Redis ignores case. */
  readonly name: string;
  readonly args: readonly string[];
  readonly path: string;
  /** From 1 on. */
  readonly lineNumber: number;
}

/**
 * Reads a redis.conf, and what it includes where it is included. Lines that Redis refuses are left out.
 *
 * @throws InstanceError `REDIS_CONFIG_INVALID` if a file can't be read.
 */
export async function* readConfigFile(
  path: string,
  depth = 0,
): AsyncGenerator<FileDirective, void, undefined> {
  const lines = (await readText(path)).split("\n");
  for (const [index, line] of lines.entries()) {
    if (line.trimStart().startsWith("#")) continue;
    const [word, ...args] = splitWords(line) ?? [];
    if (word === undefined) continue;
    const name = word.toLowerCase();
    if (name !== "include") {
      yield { name, args, path, lineNumber: index + 1 };
    } else if (depth < maxDepth) {
      for (const file of await findFiles(args[0] ?? "")) yield* readConfigFile(file, depth + 1);
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
