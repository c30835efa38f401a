/** A line of a log that somebody has to look at. */
export interface LogTrouble {
  readonly at: number;
  readonly pod: string;
  readonly level: "error" | "fatal";
  readonly text: string;
}

// `unshare` (util-linux 2.38) complains of its own clean-up when what it has started dies of a signal.
const ofTheTopology = /^unshare: /;

/** Finds those lines in what a container has written; also those that are no log lines at all, but for those of what it runs in. */
export function findLogTroubles(pod: string, output: string): readonly LogTrouble[] {
  let lastAt = 0;
  return output.split("\n").flatMap((line) => {
    if (line === "" || ofTheTopology.test(line)) return [];
    const entry = parseLine(line);
    if (entry === undefined) return [{ at: lastAt, pod, level: "error" as const, text: line }];
    lastAt = entry.at;
    if (entry.level !== "error" && entry.level !== "fatal") return [];
    return [{ at: entry.at, pod, level: entry.level, text: entry.text }];
  });
}

function parseLine(
  line: string,
): { readonly at: number; readonly level: string; readonly text: string } | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry !== "object" || entry === null) return undefined;
    if (!("time" in entry) || !("level" in entry) || !("msg" in entry)) return undefined;
    const code = /"code":"[A-Z_]+"/.exec(line)?.[0] ?? "";
    return {
      at: Date.parse(String(entry.time)),
      level: String(entry.level),
      text: `${String(entry.msg)} ${code}`.trim(),
    };
  } catch {
    return undefined;
  }
}
