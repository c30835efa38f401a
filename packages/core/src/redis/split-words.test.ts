import { describe, expect, it } from "vitest";
import { splitWords } from "./split-words.ts";

describe("splitWords", () => {
  it.each([
    ["dir /data", ["dir", "/data"]],
    ["  save   900\t1  \r", ["save", "900", "1"]],
    ['dbfilename "my dump.rdb"', ["dbfilename", "my dump.rdb"]],
    ["requirepass 'it\\'s'", ["requirepass", "it's"]],
    [String.raw`a "\"\\\x41\n"`, ["a", '"\\A\n']],
    ['save ""', ["save", ""]],
    ['dbfilename "café.rdb"', ["dbfilename", "café.rdb"]],
    [String.raw`dbfilename "caf\xc3\xa9.rdb"`, ["dbfilename", "café.rdb"]],
    ['a pre"fix and more"', ["a", "prefix and more"]],
    ["requirepass à\u00a0b", ["requirepass", "à\u00a0b"]],
    [String.raw`a "\x4" "\\" '\n\\x'`, ["a", "x4", "\\", String.raw`\n\\x`]],
    ["", []],
  ])("splits %j", (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  it.each(['a "b', "a 'b", 'a "b"c', "a 'b'c", 'a "b""c"', 'a b"', String.raw`a "b\"`])(
    "refuses %j, as Redis does",
    (line) => {
      expect(splitWords(line)).toBeUndefined();
    },
  );
});
