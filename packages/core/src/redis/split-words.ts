// Words, or quoted strings with backslash escapes where one holds a space or a quote.
const wordPattern = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)/gs;

/** Splits a line of redis.conf or of an append-only manifest into its words, quoted ones unquoted, as Redis does. */
export function splitWords(line: string): string[] {
  return [...line.matchAll(wordPattern)].map(([, double, single, plain]) => {
    if (double !== undefined) return unescapeDoubleQuoted(double);
    return single === undefined ? (plain ?? "") : single.replaceAll("\\'", "'");
  });
}

const controlCharacters = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["b", "\b"],
  ["a", "\u0007"],
]);

/** Redis writes every byte outside printable ASCII as `\xHH`, so a UTF-8 name comes in several of them. */
function unescapeDoubleQuoted(text: string): string {
  const bytes = Buffer.from(text, "utf8")
    .toString("latin1")
    .replaceAll(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_escape, hex?: string, letter = "") =>
      hex === undefined
        ? (controlCharacters.get(letter) ?? letter)
        : String.fromCodePoint(Number.parseInt(hex, 16)),
    );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
