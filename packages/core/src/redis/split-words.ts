const controlCharacters = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["b", "\b"],
  ["a", "\u0007"],
]);

const hexEscape = /^x[0-9a-fA-F]{2}/;
// As C's isspace: a byte of a UTF-8 character is never one.
const space = /[ \t\n\v\f\r]/;

/**
 * Splits a line of redis.conf or of an append-only manifest into its words, quoted ones unquoted, as Redis does
 * (`sdssplitargs`).
 *
 * @returns `undefined` for a line that Redis refuses: a quote that isn't closed, or with something right behind it.
 */
export function splitWords(line: string): readonly string[] | undefined {
  // Redis works on bytes, and writes every one outside printable ASCII as `\xHH`; here each is a character.
  const text = Buffer.from(line, "utf8").toString("latin1");
  const words: string[] = [];
  let position = 0;
  for (;;) {
    while (position < text.length && space.test(text.charAt(position))) position += 1;
    if (position >= text.length) return words.map((word) => Buffer.from(word, "latin1").toString("utf8"));
    const read = readWord(text, position);
    if (read === undefined) return undefined;
    words.push(read.word);
    position = read.end;
  }
}

interface Read {
  readonly word: string;
  /** Where the text goes on. */
  readonly end: number;
}

function readWord(text: string, start: number): Read | undefined {
  let word = "";
  let position = start;
  while (position < text.length && !space.test(text.charAt(position))) {
    const character = text.charAt(position);
    if (character === '"' || character === "'") {
      const quoted = character === '"' ? readDoubleQuoted(text, position) : readSingleQuoted(text, position);
      // A closing quote ends the word.
      if (quoted === undefined || (quoted.end < text.length && !space.test(text.charAt(quoted.end))))
        return undefined;
      return { word: word + quoted.word, end: quoted.end };
    }
    word += character;
    position += 1;
  }
  return { word, end: position };
}

function readDoubleQuoted(text: string, start: number): Read | undefined {
  let word = "";
  for (let position = start + 1; position < text.length; position += 1) {
    const character = text.charAt(position);
    if (character === '"') return { word, end: position + 1 };
    if (character !== "\\" || position + 1 >= text.length) {
      word += character;
    } else if (hexEscape.test(text.slice(position + 1, position + 4))) {
      word += String.fromCodePoint(Number.parseInt(text.slice(position + 2, position + 4), 16));
      position += 3;
    } else {
      const letter = text.charAt(position + 1);
      word += controlCharacters.get(letter) ?? letter;
      position += 1;
    }
  }
  return undefined;
}

function readSingleQuoted(text: string, start: number): Read | undefined {
  let word = "";
  for (let position = start + 1; position < text.length; position += 1) {
    const character = text.charAt(position);
    if (character === "'") return { word, end: position + 1 };
    const isEscapedQuote = character === "\\" && text.charAt(position + 1) === "'";
    word += isEscapedQuote ? "'" : character;
    if (isEscapedQuote) position += 1;
  }
  return undefined;
}
