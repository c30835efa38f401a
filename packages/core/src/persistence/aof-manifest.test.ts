import { describe, expect, it } from "vitest";
import { parseAofManifest } from "./aof-manifest.ts";

describe("parseAofManifest", () => {
  it("reads name and type of every line in order, and keeps the line", () => {
    const text = [
      "file appendonly.aof.2.base.rdb seq 2 type b",
      "file appendonly.aof.1.incr.aof seq 1 type h",
      "file appendonly.aof.2.incr.aof seq 2 type i",
      "file appendonly.aof.3.incr.aof seq 3 type i startoffset 17",
      "",
    ].join("\n");
    expect(parseAofManifest(text)).toEqual([
      {
        name: "appendonly.aof.2.base.rdb",
        type: "base",
        line: "file appendonly.aof.2.base.rdb seq 2 type b",
      },
      {
        name: "appendonly.aof.1.incr.aof",
        type: "history",
        line: "file appendonly.aof.1.incr.aof seq 1 type h",
      },
      {
        name: "appendonly.aof.2.incr.aof",
        type: "incremental",
        line: "file appendonly.aof.2.incr.aof seq 2 type i",
      },
      {
        name: "appendonly.aof.3.incr.aof",
        type: "incremental",
        line: "file appendonly.aof.3.incr.aof seq 3 type i startoffset 17",
      },
    ]);
  });

  it.each([
    ["a space", String.raw`"my file.aof.1.base.rdb"`, "my file.aof.1.base.rdb"],
    ["a quote and a backslash", String.raw`"a\"b\\c"`, String.raw`a"b\c`],
    ["UTF-8 bytes", String.raw`"caf\xc3\xa9"`, "café"],
    ["a tab", String.raw`"a\tb"`, "a\tb"],
    ["single quotes", String.raw`'it\'s'`, "it's"],
  ])("reads a quoted file name with %s", (_what, quoted, name) => {
    expect(parseAofManifest(`file ${quoted} seq 1 type b\n`)).toMatchObject([{ name }]);
  });

  it("skips comments and blank lines, and reads Windows line ends", () => {
    expect(parseAofManifest("# written by hand\r\n\r\nfile a seq 1 type b\r\n")).toMatchObject([
      { name: "a" },
    ]);
  });

  it.each([
    ["an unknown type", "file a seq 1 type z"],
    ["no type", "file a seq 1"],
    ["no name", "seq 1 type b"],
    ["an empty name", 'file "" seq 1 type b'],
    ["a name with a folder", "file ../dump.rdb seq 1 type b"],
    ["other text", "garbage"],
  ])("refuses a line with %s", (_what, line) => {
    expect(() => parseAofManifest(line)).toThrow(expect.objectContaining({ code: "ARTIFACT_FAILED" }));
  });
});
