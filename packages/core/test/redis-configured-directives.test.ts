import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { readConfiguredDirectives } from "../src/redis/configured-directives.ts";

const names = ["appendonly", "dbfilename"] as const;

async function read(
  files: Readonly<Record<string, string>>,
  directives: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  await using folder = await createTemporaryDirectory("config");
  await mkdir(join(folder.path, "conf.d"));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder.path, name), text.replaceAll("DIR", folder.path));
  }
  const includeFile = join(folder.path, "redis.conf");
  return Object.fromEntries(await readConfiguredDirectives(names, { includeFile, directives }));
}

describe("readConfiguredDirectives", () => {
  it.each([
    ["nothing of an empty file", "", {}],
    [
      "the last line of each",
      "appendonly no\ndbfilename a\nappendonly yes\n",
      { appendonly: "yes", dbfilename: "a" },
    ],
    ["lines in any case, with spaces and Windows ends", "  APPENDONLY   no \r\n", { appendonly: "no" }],
    ["nothing of comments", "# appendonly no\n  #appendonly no\n", {}],
    ["nothing of a line without an argument", "appendonly\n", {}],
    ["a quoted name", 'dbfilename "my dump.rdb"\n', { dbfilename: "my dump.rdb" }],
  ])("reads %s", async (_what, text, values) => {
    expect(await read({ "redis.conf": text })).toEqual(values);
  });

  it("reads included files where they are included, those of a pattern by their names", async () => {
    const files = {
      "redis.conf": 'appendonly yes\ninclude "DIR/conf.d/*.conf"\ndbfilename last\n',
      "conf.d/b.conf": "appendonly b\ninclude DIR/other\n",
      "conf.d/a.conf": "appendonly a\ndbfilename a\n",
      other: "appendonly other\n",
    };
    expect(await read(files)).toEqual({ appendonly: "other", dbfilename: "last" });
  });

  it("lets directives win over the file", async () => {
    expect(await read({ "redis.conf": "appendonly yes\n" }, { AppendOnly: '"no"' })).toEqual({
      appendonly: "no",
    });
  });

  it("ends at files that include each other", async () => {
    expect(await read({ "redis.conf": "appendonly no\ninclude DIR/redis.conf\n" })).toEqual({
      appendonly: "no",
    });
  });

  it("answers REDIS_CONFIG_INVALID when the file can't be read", async () => {
    await expect(
      readConfiguredDirectives(names, { includeFile: "/nowhere/redis.conf" }),
    ).rejects.toMatchObject({
      code: "REDIS_CONFIG_INVALID",
      message: expect.stringContaining("/nowhere/redis.conf"),
    });
  });
});
