import { chmod, chown, lstat, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory, startRedisServer } from "@redis-operator/testbed";
import { beforeAll, describe, expect, it } from "vitest";
import {
  backedUpKeys,
  createBackup,
  createRestores,
  encodeCommand,
  loadKeys,
  type StoredBackup,
} from "./restore-fixture.ts";

const artifactTypes = ["rdb", "aof-archive"] as const;
const appendOnly = ["yes", "no"] as const;
const everyKind = artifactTypes.flatMap((type) =>
  appendOnly.map((appendonly) => [type, appendonly] as const),
);

const keys = { rdb: "redis/nightly.rdb", "aof-archive": "redis/nightly.aof.tar.gz" } as const;
let backups: Readonly<Record<(typeof artifactTypes)[number], StoredBackup>>;

beforeAll(async () => {
  backups = { rdb: await createBackup("rdb"), "aof-archive": await createBackup("aof-archive") };
});

async function createFilledStore() {
  const restores = await createRestores();
  for (const type of artifactTypes) await restores.putBackup(keys[type], backups[type]);
  return restores;
}

describe("restoreBackup", () => {
  it.each(everyKind)("restores an %s so that Redis with appendonly %s loads it", async (type, appendonly) => {
    await using restores = await createFilledStore();
    const outcome = await restores.restore(keys[type], { request: { isAppendOnly: appendonly === "yes" } });
    const target = appendonly === "yes" ? "appendonlydir" : "dump.rdb";
    expect(outcome).toMatchObject({
      status: "restored",
      source: `s3://backups/${keys[type]}`,
      sizeBytes: backups[type].content.length,
      path: join(restores.dataDir, target),
    });
    expect((await readdir(restores.dataDir)).toSorted()).toEqual([".restore.json", target]);
    expect(await loadKeys(restores.dataDir, { appendonly })).toEqual(backedUpKeys);
  });

  it.each(everyKind)("verifies an %s for appendonly %s before it is placed", async (type, appendonly) => {
    await using restores = await createFilledStore();
    const request = { isAppendOnly: appendonly === "yes", isVerified: true };
    expect(await restores.restore(keys[type], { request })).toMatchObject({ keyCounts: backedUpKeys });
    expect([...restores.phases]).toEqual(["downloading", "checking", "loading"]);
    expect(await loadKeys(restores.dataDir, { appendonly })).toEqual(backedUpKeys);
  });

  it.each(everyKind)(
    "gives an %s for appendonly %s the names that Redis is configured with",
    async (type, appendonly) => {
      await using restores = await createFilledStore();
      const names = {
        snapshot: "my dump.rdb",
        appendOnlyDirectory: "aof files",
        appendOnlyFile: 'my "own" café.aof',
      };
      await restores.restore(keys[type], {
        request: { names, isAppendOnly: appendonly === "yes", isVerified: true },
      });
      const directives = {
        appendonly,
        dbfilename: names.snapshot,
        appenddirname: names.appendOnlyDirectory,
        appendfilename: names.appendOnlyFile,
      };
      expect(await loadKeys(restores.dataDir, directives)).toEqual(backedUpKeys);
    },
  );

  it("restores what Redis goes on writing to: new keys are there after a restart", async () => {
    await using restores = await createFilledStore();
    await restores.restore(keys.rdb);
    const directives = { appendonly: "yes" };
    {
      await using server = await startRedisServer({ dir: restores.dataDir, directives });
      await server.client.set("new", "value");
    }
    expect(await loadKeys(restores.dataDir, directives)).toEqual({
      ...backedUpKeys,
      db0: backedUpKeys.db0 + 1,
    });
  });

  it("counts keys that have expired since the backup when it verifies", async () => {
    await using folder = await createTemporaryDirectory("expired");
    const directory = join(folder.path, "appendonlydir");
    await mkdir(directory);
    await writeFile(join(directory, "appendonly.aof.manifest"), "file commands.aof seq 1 type i\n");
    const commands = [
      ["SET", "kept", "value"],
      ["SET", "expired", "value"],
      ["PEXPIREAT", "expired", "1"],
    ];
    await writeFile(join(directory, "commands.aof"), commands.map(encodeCommand).join(""));
    // A primary would drop the key and not save it.
    const directives = { appendonly: "yes", replicaof: ["127.0.0.1", "0"] };
    await using origin = await startRedisServer({ dir: folder.path, directives });
    await origin.client.save();
    await using restores = await createFilledStore();
    const content = await readFile(join(folder.path, "dump.rdb"));
    await restores.putBackup("expiring.rdb", { artifactType: "rdb", content, keyCounts: { db0: 2 } });
    const request = { isVerified: true, isAppendOnly: false };
    expect(await restores.restore("expiring.rdb", { request })).toMatchObject({ keyCounts: { db0: 2 } });
  });

  it("makes what it places readable for its owner alone", async () => {
    await using restores = await createFilledStore();
    await restores.restore(keys["aof-archive"]);
    const directory = join(restores.dataDir, "appendonlydir");
    const files = (await readdir(directory)).map((name) => join(directory, name));
    const modes = await Promise.all(
      [...files, directory].map(async (path) => (await stat(path)).mode & 0o777),
    );
    expect(modes).toEqual([...files.map(() => 0o600), 0o700]);
  });

  it("gives what it places to the group where the group may write to the data directory", async () => {
    await using restores = await createFilledStore();
    await using folder = await createTemporaryDirectory("data");
    const dataDir = join(folder.path, "data");
    await mkdir(dataDir);
    await chmod(dataDir, 0o2770);
    await restores.restore(keys.rdb, { request: { dataDir, isAppendOnly: false } });
    expect((await stat(join(dataDir, "dump.rdb"))).mode & 0o777).toBe(0o660);
  });

  it.runIf(process.getuid?.() === 0)("gives what it places to the owner of the data directory", async () => {
    await using restores = await createFilledStore();
    await chown(restores.dataDir, 999, 998);
    await restores.restore(keys.rdb);
    const placed = ["", ".restore.json", "appendonlydir", "appendonlydir/appendonly.aof.manifest"];
    for (const name of placed) {
      expect(await lstat(join(restores.dataDir, name))).toMatchObject({ uid: 999, gid: 998 });
    }
  });

  it("says it when Redis' own check is not installed, and restores", async () => {
    await using restores = await createFilledStore();
    await restores.restore(keys.rdb, { deps: { redisBinary: "/nowhere/redis-server" } });
    expect(restores.lines).toMatchObject([
      { level: "warn", message: "redis-check-rdb is not installed: the backup is not checked with it" },
    ]);
  });

  it("tells the programs that it starts nothing but where programs are", async () => {
    await using restores = await createFilledStore();
    await using folder = await createTemporaryDirectory("programs");
    for (const name of ["redis-server", "redis-check-rdb"]) {
      const file = join(folder.path, name);
      const { PATH: searchPath = "" } = process.env;
      const script = `#!/bin/sh\ncat /proc/$$/environ > ${file}.env\nPATH=${searchPath} exec ${name} "$@"\n`;
      await writeFile(file, script, { mode: 0o755 });
    }
    const redisBinary = join(folder.path, "redis-server");
    const searchPath = "/usr/bin:/bin";
    await restores.restore(keys.rdb, { request: { isVerified: true }, deps: { redisBinary, searchPath } });
    for (const name of ["redis-server", "redis-check-rdb"]) {
      expect(await readFile(join(folder.path, `${name}.env`), "utf8")).toBe(`PATH=${searchPath}\0`);
    }
  });

  it("makes the data directory", async () => {
    await using restores = await createFilledStore();
    const dataDir = join(restores.dataDir, "made", "data");
    await restores.restore(keys.rdb, { request: { dataDir } });
    expect(await loadKeys(dataDir, { appendonly: "yes" })).toEqual(backedUpKeys);
  });

  it("restores beside other files of the volume", async () => {
    await using restores = await createFilledStore();
    await writeFile(join(restores.dataDir, "redis.conf"), "# generated\n");
    await mkdir(join(restores.dataDir, "lost+found"));
    await mkdir(join(restores.dataDir, "appendonlydir"));
    await restores.restore(keys.rdb);
    expect(await loadKeys(restores.dataDir, { appendonly: "yes" })).toEqual(backedUpKeys);
  });
});
