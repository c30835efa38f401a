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
    ["", []],
  ])("splits %j", (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });
});
