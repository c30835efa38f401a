import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory } from "@redis-operator/testbed";
import { Parser } from "tar";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openAofArtifact } from "../src/backup/aof-artifact.ts";
import { fillFrom } from "../src/backup/byte-source.ts";
import type { Artifact } from "../src/backup/artifact.ts";

const manifestName = "appendonly.aof.manifest";

async function createDirectory(files: Readonly<Record<string, string>>) {
  const folder = await createTemporaryDirectory("appendonlydir");
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  return { ...folder, manifestName };
}

/** The names and texts in an archive, in order. */
async function unpack(artifact: Artifact): Promise<(readonly [name: string, text: string])[]> {
  const archive = Buffer.alloc(artifact.maxSizeBytes);
  const archiveSize = await fillFrom(artifact, archive);
  const files: Promise<readonly [string, string]>[] = [];
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) =>
      void files.push(entry.concat().then((content) => [entry.path, content.toString()] as const)),
  });
  const ended = new Promise((resolve, reject) => {
    parser.on("end", resolve);
    parser.on("error", reject);
  });
  parser.end(gunzipSync(archive.subarray(0, archiveSize)));
  await ended;
  return await Promise.all(files);
}

const listed = ["file a.2.base.rdb seq 2 type b", "file a.2.incr.aof seq 2 type i", ""].join("\n");

describe("openAofArtifact", () => {
  it("archives the manifest first, then the files that it names, and no others", async () => {
    await using directory = await createDirectory({
      [manifestName]: `file a.1.incr.aof seq 1 type h\n${listed}`,
      "a.1.incr.aof": "history",
      "a.2.base.rdb": "base",
      "a.2.incr.aof": "incremental",
      "temp-rewriteaof.rdb": "other",
    });
    await using artifact = await openAofArtifact(directory);
    expect(await unpack(artifact)).toEqual([
      [manifestName, listed],
      ["a.2.base.rdb", "base"],
      ["a.2.incr.aof", "incremental"],
    ]);
  });

  it("keeps the files as they were at opening when Redis appends to them and removes them", async () => {
    await using directory = await createDirectory({
      [manifestName]: listed,
      "a.2.base.rdb": "base",
      "a.2.incr.aof": "incremental",
    });
    await using artifact = await openAofArtifact(directory);
    await writeFile(join(directory.path, "a.2.incr.aof"), " and more", { flag: "a" });
    for (const name of await readdir(directory.path)) await rm(join(directory.path, name));
    expect(await unpack(artifact)).toEqual([
      [manifestName, listed],
      ["a.2.base.rdb", "base"],
      ["a.2.incr.aof", "incremental"],
    ]);
  });

  it.each([
    ["a file that the manifest names is missing", { [manifestName]: listed }, "named a missing file"],
    ["the manifest is missing", {}, "reading the manifest of"],
    ["the manifest is garbage", { [manifestName]: "garbage" }, "at the line garbage"],
  ])("answers ARTIFACT_FAILED when %s", async (_what, files, message) => {
    await using directory = await createDirectory(files);
    await expect(openAofArtifact(directory)).rejects.toMatchObject({
      code: "ARTIFACT_FAILED",
      message: expect.stringContaining(message),
    });
  });
});
