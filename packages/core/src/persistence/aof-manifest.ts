import { InstanceError } from "../errors.ts";
import { splitWords } from "../redis/split-words.ts";

/** What a file of the append-only directory is: a base, an increment on it, or left over and about to be removed. */
type AppendOnlyFileType = "base" | "incremental" | "history";

/** One line of the manifest of an append-only directory. */
export interface AppendOnlyFile {
  /** A name without a folder. */
  readonly name: string;
  readonly type: AppendOnlyFileType;
  /** As it stands in the manifest, so that fields which later versions add survive a copy. */
  readonly line: string;
}

const typeOfLetter = new Map<string | undefined, AppendOnlyFileType>([
  ["b", "base"],
  ["i", "incremental"],
  ["h", "history"],
]);

/**
 * Parses the manifest of an append-only directory: lines of `file <name> seq <number> type <b|i|h>`, in the order
 * in which Redis loads the files.
 *
 * @throws InstanceError `ARTIFACT_FAILED` at the first line that is no such line: a copy made by guesswork would be
 * one that Redis refuses to load.
 */
export function parseAofManifest(text: string): readonly AppendOnlyFile[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(parseLine);
}

function parseLine(line: string): AppendOnlyFile {
  const words = splitWords(line) ?? [];
  const fields = new Map<string, string>();
  for (let index = 0; index + 1 < words.length; index += 2) {
    fields.set(words[index] ?? "", words[index + 1] ?? "");
  }
  const name = fields.get("file");
  const type = typeOfLetter.get(fields.get("type"));
  if (name === undefined || name === "" || name.includes("/") || type === undefined) {
    throw new InstanceError(
      "ARTIFACT_FAILED",
      `reading the manifest of the append-only directory failed at the line ${line.slice(0, 200)}`,
    );
  }
  return { name, type, line };
}
