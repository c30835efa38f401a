import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory, startObjectStore, startRedisServer } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createBackups, restoreSnapshot, writeRandomValues } from "./backup-fixture.ts";

const startStore = () => startObjectStore({ buckets: ["backups"] });

/** A file system of its own, so that it can be full or read-only. */
async function mountVolume(sizeMebibytes: number) {
  const folder = await createTemporaryDirectory("volume");
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeMebibytes}m`, "tmpfs", folder.path]);
  return {
    path: folder.path,
    setWritable: (isWritable: boolean) =>
      void execFileSync("mount", ["-o", `remount,${isWritable ? "rw" : "ro"}`, folder.path]),
    async [Symbol.asyncDispose]() {
      execFileSync("umount", ["--lazy", folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

// Only root may mount.
describe.skipIf(process.getuid?.() !== 0)("a backup of a Redis whose volume", () => {
  it.each([
    ["rdb", "SNAPSHOT_FAILED"],
    ["aof", "AOF_REWRITE_FAILED"],
  ] as const)(
    "is full fails by %s with %s and stores nothing, and works once there is room",
    async (method, code) => {
      await using store = await startStore();
      await using volume = await mountVolume(16);
      await using redis = await startRedisServer({ dir: volume.path, directives: { appendonly: "yes" } });
      await using backups = await createBackups(redis, { store });
      await writeRandomValues(redis, 4);
      const filler = join(volume.path, "filler");
      await writeFile(filler, Buffer.alloc(11 * 1024 * 1024));

      await expect(backups.run(method)).rejects.toMatchObject({
        code,
        message: expect.stringContaining("=err"),
      });
      expect(await store.isEmpty("backups")).toBe(true);
      await rm(filler);
      expect(await backups.run(method)).toMatchObject({ keyCounts: { db0: 4 } });
    },
  );

  it("is read-only fails with SNAPSHOT_FAILED and stores nothing, and works once it can be written", async () => {
    await using store = await startStore();
    await using volume = await mountVolume(16);
    await using redis = await startRedisServer({ dir: volume.path });
    await using backups = await createBackups(redis, { store });
    await redis.client.set("key", "value");
    volume.setWritable(false);

    await expect(backups.run("rdb")).rejects.toMatchObject({
      code: "SNAPSHOT_FAILED",
      message: expect.stringContaining("rdb_last_bgsave_status=err"),
    });
    expect(await store.isEmpty("backups")).toBe(true);
    volume.setWritable(true);
    const { objectKey } = await backups.run("rdb");
    await using restored = await restoreSnapshot(await store.readObject("backups", objectKey), "dump.rdb");
    expect(await restored.client.get("key")).toBe("value");
  });
});
