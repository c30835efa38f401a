import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startRedisServer } from "@redis-operator/testbed";
import { beforeAll, describe, expect, it } from "vitest";
import {
  backedUpKeys,
  createBackup,
  createRestores,
  loadKeys,
  type StoredBackup,
} from "./restore-fixture.ts";

const directives = { appendonly: "yes" };
let backup: StoredBackup;
let other: StoredBackup;

beforeAll(async () => {
  backup = await createBackup("rdb");
  other = await createBackup("aof-archive");
});

/** A data directory into which a backup was restored, and to which Redis has written since. */
async function createLiveDirectory() {
  const restores = await createRestores();
  await restores.putBackup("nightly.rdb", backup);
  await restores.putBackup("other.aof.tar.gz", other);
  await restores.restore("nightly.rdb");
  await using server = await startRedisServer({ dir: restores.dataDir, directives });
  await server.client.set("live", "value");
  return restores;
}

const liveKeys = { ...backedUpKeys, db0: backedUpKeys.db0 + 1 };

describe("a restore that was done before", () => {
  it.each([false, true])("touches nothing, forced or not (%s)", async (isForced) => {
    await using restores = await createLiveDirectory();
    const before = await readdir(restores.dataDir, { recursive: true });
    const outcome = await restores.restore("nightly.rdb", { request: { isForced } });
    expect(outcome).toMatchObject({
      status: "already-restored",
      source: "s3://backups/nightly.rdb",
      markerFile: join(restores.dataDir, ".restore.json"),
    });
    expect(await readdir(restores.dataDir, { recursive: true })).toEqual(before);
    expect(await loadKeys(restores.dataDir, directives)).toEqual(liveKeys);
  });

  it("needs no store, no credentials, and no stop of Redis to say so", async () => {
    await using restores = await createLiveDirectory();
    await using _server = await startRedisServer({ dir: restores.dataDir, directives });
    const outcome = await restores.restore("nightly.rdb", {
      request: { store: { endpoint: "http://127.0.0.1:1", region: "us-east-1" }, isForced: true },
      deps: { credentialsDir: "/nowhere" },
    });
    expect(outcome.status).toBe("already-restored");
  });

  it("is done anew once its marker is removed, if it is forced", async () => {
    await using restores = await createLiveDirectory();
    await rm(join(restores.dataDir, ".restore.json"));
    await expect(restores.restore("nightly.rdb")).rejects.toMatchObject({ code: "RESTORE_DATA_EXISTS" });
    await restores.restore("nightly.rdb", { request: { isForced: true } });
    expect(await loadKeys(restores.dataDir, directives)).toEqual(backedUpKeys);
  });
});

describe("a restore over which another backup was restored since", () => {
  it.each([false, true])("touches nothing, forced or not (%s)", async (isForced) => {
    await using restores = await createLiveDirectory();
    await restores.restore("other.aof.tar.gz", { request: { isForced: true } });
    {
      await using server = await startRedisServer({ dir: restores.dataDir, directives });
      await server.client.set("live", "value");
    }
    const outcome = await restores.restore("nightly.rdb", { request: { isForced } });
    expect(outcome).toMatchObject({
      status: "already-restored",
      source: "s3://backups/other.aof.tar.gz",
      earlierSource: "s3://backups/nightly.rdb",
    });
    expect(await loadKeys(restores.dataDir, directives)).toEqual(liveKeys);
  });

  it("stays known when that other one is restored anew", async () => {
    await using restores = await createLiveDirectory();
    await restores.restore("other.aof.tar.gz", { request: { isForced: true } });
    await rm(join(restores.dataDir, "appendonlydir"), { recursive: true });
    await restores.restore("other.aof.tar.gz");
    const marker: unknown = JSON.parse(await readFile(join(restores.dataDir, ".restore.json"), "utf8"));
    expect(marker).toMatchObject({
      source: "s3://backups/other.aof.tar.gz",
      earlierSources: ["s3://backups/nightly.rdb"],
    });
  });
});

describe("a restore whose data were removed since", () => {
  it("is done anew, and says so", async () => {
    await using restores = await createLiveDirectory();
    await rm(join(restores.dataDir, "appendonlydir"), { recursive: true });
    expect(await restores.restore("nightly.rdb")).toMatchObject({ status: "restored" });
    expect(restores.lines).toContainEqual({
      level: "warn",
      fields: { source: "s3://backups/nightly.rdb", dataDir: restores.dataDir },
      message: "this backup was restored before, but the data directory holds no data: it is restored anew",
    });
    expect(await loadKeys(restores.dataDir, directives)).toEqual(backedUpKeys);
  });

  it("is not taken for that where it gave them other names", async () => {
    await using restores = await createLiveDirectory();
    const names = { snapshot: "a.rdb", appendOnlyDirectory: "a", appendOnlyFile: "a.aof" };
    expect(await restores.restore("nightly.rdb", { request: { names } })).toMatchObject({
      status: "already-restored",
    });
    expect(await readdir(restores.dataDir)).not.toContain("a");
  });
});

describe("a restore of another backup", () => {
  it("is refused, and leaves the live data as they are", async () => {
    await using restores = await createLiveDirectory();
    await expect(restores.restore("other.aof.tar.gz")).rejects.toMatchObject({ code: "RESTORE_DATA_EXISTS" });
    expect(await loadKeys(restores.dataDir, directives)).toEqual(liveKeys);
  });

  it("moves the live data aside when it is forced, from where they can be loaded again", async () => {
    await using restores = await createLiveDirectory();
    await writeFile(join(restores.dataDir, "dump.rdb"), backup.content);
    const outcome = await restores.restore("other.aof.tar.gz", { request: { isForced: true } });
    expect(await loadKeys(restores.dataDir, directives)).toEqual(backedUpKeys);
    const aside = outcome.replacedFolder ?? "";
    expect(aside).toMatch(/\.before-restore-[\dTZ-]+$/);
    expect((await readdir(aside)).toSorted()).toEqual(["appendonlydir", "dump.rdb"]);
    expect(await readFile(join(aside, "dump.rdb"))).toEqual(backup.content);
    expect(await loadKeys(aside, directives)).toEqual(liveKeys);
  });
});
