import { randomBytes } from "node:crypto";
import { rename, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { fillFrom } from "../src/backup/byte-source.ts";
import { type FrozenFile, openFrozenFile } from "../src/backup/frozen-file.ts";

async function readAll(file: FrozenFile | undefined) {
  if (file === undefined) throw new Error("there is no such file");
  const content = Buffer.alloc(file.sizeBytes + 1);
  return content.subarray(0, await fillFrom(file, content));
}

describe("openFrozenFile", () => {
  it.each([0, 1, 1024 * 1024, 3 * 1024 * 1024 + 1])("reads all of %i bytes", async (size) => {
    await using folder = await createTemporaryDirectory("frozen");
    const path = join(folder.path, "file");
    const content = randomBytes(size);
    await writeFile(path, content);
    await using file = await openFrozenFile(path);
    expect(file?.sizeBytes).toBe(size);
    expect((await readAll(file)).equals(content)).toBe(true);
  });

  it("keeps the file that another one is renamed over", async () => {
    await using folder = await createTemporaryDirectory("frozen");
    const path = join(folder.path, "file");
    await writeFile(path, "first");
    await using file = await openFrozenFile(path);
    await writeFile(`${path}.next`, "the second one");
    await rename(`${path}.next`, path);
    expect((await readAll(file)).toString()).toBe("first");
  });

  it("answers ARTIFACT_FAILED when the file has become shorter", async () => {
    await using folder = await createTemporaryDirectory("frozen");
    const path = join(folder.path, "file");
    await writeFile(path, "first");
    await using file = await openFrozenFile(path);
    await truncate(path, 2);
    await expect(readAll(file)).rejects.toMatchObject({
      code: "ARTIFACT_FAILED",
      message: `reading ${path} failed: it ended at 2 of 5 bytes`,
    });
  });

  it("answers undefined when there is no such file, and ARTIFACT_FAILED when it is a folder", async () => {
    await using folder = await createTemporaryDirectory("frozen");
    expect(await openFrozenFile(join(folder.path, "missing"))).toBeUndefined();
    await expect(openFrozenFile(folder.path)).rejects.toMatchObject({ code: "ARTIFACT_FAILED" });
  });
});
