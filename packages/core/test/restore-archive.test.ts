import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { createTemporaryDirectory } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { unpackArchive } from "../src/restore/unpack-archive.ts";
import { type ArchiveEntry, packEntries } from "./restore-fixture.ts";

const manifest = {
  path: "appendonly.aof.manifest",
  content: "file a.base.rdb seq 1 type b\nfile a.incr.aof seq 1 type i\n",
};
const base = { path: "a.base.rdb", content: "base" };
const increment = { path: "a.incr.aof", content: "increment" };
const manifestName = "redis.aof.manifest";

async function unpack(archive: Buffer, chunkSize = 1000) {
  const folder = await createTemporaryDirectory("unpacked");
  const dir = join(folder.path, "appendonlydir");
  async function* chunks() {
    for (let start = 0; start < archive.length; start += chunkSize)
      yield archive.subarray(start, start + chunkSize);
  }
  return { ...folder, dir, unpacked: unpackArchive(chunks(), { dir, manifestName }) };
}

const pack = (...entries: ArchiveEntry[]) => gzipSync(packEntries(entries));

describe("unpackArchive", () => {
  it.each([1, 7, 512, 100_000])(
    "unpacks the files and names the manifest, in chunks of %i bytes",
    async (size) => {
      await using folder = await unpack(pack(manifest, base, increment), size);
      await folder.unpacked;
      const files = [manifestName, base.path, increment.path];
      expect((await readdir(folder.dir)).toSorted()).toEqual(files.toSorted());
      const texts = await Promise.all(files.map((name) => readFile(join(folder.dir, name), "utf8")));
      expect(texts).toEqual([manifest.content, base.content, increment.content]);
    },
  );

  it("unpacks files that are larger than its buffers, empty ones, and several gzip members", async () => {
    const large = { path: "a.base.rdb", content: Buffer.alloc(5_000_001, "0123456789") };
    const tar = packEntries([manifest, large, { path: increment.path }]);
    const archive = Buffer.concat([gzipSync(tar.subarray(0, 700_000)), gzipSync(tar.subarray(700_000))]);
    await using folder = await unpack(archive, 10_000);
    await folder.unpacked;
    expect(await readFile(join(folder.dir, large.path))).toEqual(large.content);
    expect(await readFile(join(folder.dir, increment.path))).toHaveLength(0);
  });

  const linkType = { path: base.path, linkpath: "/etc/passwd" };
  it.each<readonly [string, Buffer, string]>([
    ["an absolute name", pack(manifest, { path: "/tmp/escaped" }), "is no name of a file in one folder"],
    [
      "a name that leaves the folder",
      pack(manifest, { path: "../escaped" }),
      "is no name of a file in one folder",
    ],
    [
      "a name in a folder",
      pack(manifest, { path: "folder/a.base.rdb" }),
      "is no name of a file in one folder",
    ],
    [
      "a name with a dot before it",
      pack(manifest, { path: "./a.base.rdb" }),
      "is no name of a file in one folder",
    ],
    [
      "a manifest that leaves the folder",
      pack({ ...manifest, path: "../a.manifest" }),
      "is no name of a file",
    ],
    ["a symbolic link", pack(manifest, { ...linkType, type: "SymbolicLink" }), "a.base.rdb is no plain file"],
    ["a hard link", pack(manifest, { ...linkType, type: "Link" }), "a.base.rdb is no plain file"],
    ["a device", pack(manifest, { path: base.path, type: "CharacterDevice" }), "a.base.rdb is no plain file"],
    ["a pipe", pack(manifest, { path: base.path, type: "FIFO" }), "a.base.rdb is no plain file"],
    ["a folder", pack(manifest, { path: "folder/", type: "Directory" }), "folder/ is no plain file"],
    [
      "an entry of an unknown kind",
      pack(manifest, { ...base, type: "SolarisACL" }),
      "a.base.rdb is no plain file",
    ],
    [
      "a file twice",
      pack(manifest, base, base, increment),
      "a.base.rdb is not in its manifest, or comes twice",
    ],
    ["a manifest twice", pack(manifest, manifest), "appendonly.aof.manifest is not in its manifest"],
    ["a file that the manifest lacks", pack(manifest, { path: "other" }), "other is not in its manifest"],
    ["a manifest too many", pack(manifest, { path: manifestName }), "is not in its manifest"],
    ["no file that the manifest has", pack(manifest, base), "a.incr.aof is in its manifest and not in it"],
    ["no manifest first", pack(base, manifest, increment), "it begins with a.base.rdb"],
    ["an empty manifest", pack({ ...manifest, content: "" }), "its manifest names no file"],
    ["a manifest that is garbage", pack({ ...manifest, content: "garbage" }), "at the line garbage"],
    [
      "a manifest that names a file twice",
      pack({ ...manifest, content: "file a seq 1 type b\nfile a seq 2 type i\n" }),
      "names a file twice",
    ],
    [
      "a manifest that names itself",
      pack({ ...manifest, content: `file ${manifestName} seq 1 type b\n` }),
      "names a file twice",
    ],
    [
      "a manifest that is too large",
      pack({ ...manifest, content: "x".repeat(1024 * 1024 + 1) }),
      "too large",
    ],
    ["nothing", pack(), "failed: "],
    ["no tar", gzipSync("x".repeat(2000)), "failed: "],
    ["no gzip", packEntries([manifest]), "incorrect header check"],
    ["no end of its gzip", pack(manifest, base, increment).subarray(0, -20), "unexpected end of file"],
    [
      "no end of a file",
      gzipSync(packEntries([manifest, { ...base, content: "x".repeat(5000) }]).subarray(0, 3000)),
      "Truncated input",
    ],
    [
      "fewer bytes than announced",
      gzipSync(packEntries([manifest, { ...base, size: 100_000 }])),
      "Truncated input",
    ],
    [
      "more bytes after its end",
      gzipSync(Buffer.concat([packEntries([manifest, base, increment]), Buffer.alloc(4 * 1024 * 1024)])),
      "larger than its files",
    ],
  ])("refuses an archive with %s", async (_what, archive, message) => {
    await using folder = await unpack(archive);
    await expect(folder.unpacked).rejects.toMatchObject({
      code: "RESTORE_ARTIFACT_INVALID",
      message: expect.stringContaining(message),
    });
    await expect(access(join(folder.path, "escaped"))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(access("/tmp/escaped")).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("refuses a file that the volume has no space for before it writes it", async () => {
    await using folder = await unpack(pack(manifest, { ...base, size: 2 ** 50 }));
    await expect(folder.unpacked).rejects.toMatchObject({
      code: "RESTORE_NO_SPACE",
      message: expect.stringContaining("unpacking a.base.rdb needs 1125899906842624 bytes"),
    });
  });

  it("refuses what unpacks to far more than its files, while it unpacks it", async () => {
    let sentMembers = 0;
    const zeros = gzipSync(Buffer.alloc(4 * 1024 * 1024));
    async function* source() {
      yield pack(manifest, base, increment);
      for (; sentMembers < 1000; sentMembers += 1) yield await Promise.resolve(zeros);
    }
    await using folder = await createTemporaryDirectory("unpacked");
    await expect(unpackArchive(source(), { dir: folder.path, manifestName })).rejects.toMatchObject({
      message: expect.stringContaining("larger than its files"),
    });
    expect(sentMembers).toBeLessThan(100);
  });
});
