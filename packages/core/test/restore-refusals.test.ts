import { writeFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { startRedisServer } from "@redis-operator/testbed";
import { beforeAll, describe, expect, it } from "vitest";
import { metadataSuffix } from "../src/backup/backup-metadata.ts";
import { lockDataDirectory } from "../src/restore/restore-lock.ts";
import {
  backedUpKeys,
  createBackup,
  createRestores,
  describeBackup,
  encodeCommand,
  loadKeys,
  packEntries,
  type Restores,
  type StoredBackup,
} from "./restore-fixture.ts";

const key = "nightly.rdb";
let backup: StoredBackup;

beforeAll(async () => {
  backup = await createBackup("rdb");
});

async function createFilledStore() {
  const restores = await createRestores();
  await restores.putBackup(key, backup);
  return restores;
}

/** Waits for a restore to fail, and tells with what, and what it has left in the data directory. */
async function readRefusal(restores: Restores, attempt: () => Promise<unknown>) {
  const before = await readdir(restores.dataDir);
  const error = await attempt().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { code, message }: { readonly code?: string; readonly message?: string } = Object(error);
  const left = (await readdir(restores.dataDir)).filter((name) => !before.includes(name));
  return { code, message, left };
}

function refusal({ code, message }: { readonly code: string; readonly message: string }) {
  return { code, message: expect.stringContaining(message), left: [] };
}

/** A byte in the middle, so that only the checksum tells. */
function flipByte(content: Buffer): Buffer {
  const flipped = Buffer.from(content);
  const middle = Math.floor(content.length / 2);
  flipped[middle] = (content[middle] ?? 0) ^ 1;
  return flipped;
}

const otherKeyCounts: readonly (readonly [string, StoredBackup["keyCounts"]])[] = [
  ["fewer keys than it should hold", { db0: backedUpKeys.db0 + 1, db3: backedUpKeys.db3 }],
  ["more keys than it should hold", { db0: 1, db3: backedUpKeys.db3 }],
  ["no database that it should hold", { ...backedUpKeys, db7: 1 }],
  ["a database that it should not hold", { db0: backedUpKeys.db0 }],
];

describe("a restore refuses", () => {
  it.each([
    ["a flipped byte", () => flipByte(backup.content), "its SHA-256 is"],
    ["an object that is too short", () => backup.content.subarray(1), "has "],
    ["an object that is too long", () => Buffer.concat([backup.content, Buffer.alloc(1)]), "has "],
  ])("%s", async (_what, content, message) => {
    await using restores = await createFilledStore();
    await restores.put(key, content());
    expect(await readRefusal(restores, () => restores.restore(key))).toEqual(
      refusal({ code: "RESTORE_ARTIFACT_INVALID", message }),
    );
  });

  it("an object whose metadata has another checksum", async () => {
    await using restores = await createFilledStore();
    await restores.putBackup(key, backup, { checksumSha256: "0".repeat(64) });
    expect(await readRefusal(restores, () => restores.restore(key))).toEqual(
      refusal({
        code: "RESTORE_ARTIFACT_INVALID",
        message: `its metadata says ${"0".repeat(64)}`,
      }),
    );
  });

  it("a damaged archive of which the checksum is right", async () => {
    await using restores = await createFilledStore();
    const content = flipByte(gzipSync(packEntries([{ path: "a.manifest", content: "x".repeat(10_000) }])));
    await restores.putBackup("a.aof.tar.gz", { artifactType: "aof-archive", content, keyCounts: {} });
    expect(await readRefusal(restores, () => restores.restore("a.aof.tar.gz"))).toEqual(
      refusal({
        code: "RESTORE_ARTIFACT_INVALID",
        message: "unpacking the archive failed",
      }),
    );
  });

  it.each([
    ["a backup that isn't there", "other.rdb", "no metadata lies beside the backup"],
    ["an object without metadata", "lonely.rdb", "no metadata lies beside the backup"],
    ["metadata without its object", "gone.rdb", "there is no such object"],
  ])("%s", async (_what, name, message) => {
    await using restores = await createFilledStore();
    await restores.put("lonely.rdb", backup.content);
    await restores.put(`gone.rdb${metadataSuffix}`, describeBackup("gone.rdb", backup));
    expect(await readRefusal(restores, () => restores.restore(name))).toEqual(
      refusal({ code: "RESTORE_SOURCE_INCOMPLETE", message }),
    );
  });

  it.each([
    ["no JSON", "no JSON"],
    ["of another format", JSON.stringify({ format: "other" })],
  ])("metadata that is %s", async (_what, text) => {
    await using restores = await createFilledStore();
    await restores.put(`${key}${metadataSuffix}`, text);
    expect(await readRefusal(restores, () => restores.restore(key))).toEqual(
      refusal({
        code: "BACKUP_METADATA_INVALID",
        message: "metadata",
      }),
    );
  });

  it("a bucket that isn't there, with the store's own words", async () => {
    await using restores = await createFilledStore();
    const attempt = async () => restores.restore(key, { request: { source: { bucket: "other", key } } });
    expect(await readRefusal(restores, attempt)).toEqual(
      refusal({
        code: "RESTORE_DOWNLOAD_FAILED",
        message: "NoSuchBucket (HTTP 404)",
      }),
    );
  });

  it("a store that can't be reached", async () => {
    await using restores = await createFilledStore();
    const store = { endpoint: "http://127.0.0.1:1", region: "us-east-1" };
    expect(await readRefusal(restores, () => restores.restore(key, { request: { store } }))).toEqual(
      refusal({
        code: "RESTORE_DOWNLOAD_FAILED",
        message: "ECONNREFUSED",
      }),
    );
  });

  it("half a pair of credentials", async () => {
    await using restores = await createFilledStore();
    await rm(join(restores.credentialsDir, "secretAccessKey"));
    expect(await readRefusal(restores, () => restores.restore(key))).toEqual(
      refusal({
        code: "BACKUP_CREDENTIALS_INVALID",
        message: "lack AWS_SECRET_ACCESS_KEY",
      }),
    );
  });

  it.each([
    ["with a flipped byte", () => flipByte(backup.content)],
    ["that is none at all", () => Buffer.from("no snapshot at all")],
    ["that is cut", () => backup.content.subarray(0, -20)],
  ])("a snapshot %s, on the word of Redis' own check", async (_what, makeContent) => {
    await using restores = await createFilledStore();
    const content = makeContent();
    await restores.putBackup("bad.rdb", { ...backup, content });
    const attempt = async () => restores.restore("bad.rdb", { request: { isAppendOnly: false } });
    expect(await readRefusal(restores, attempt)).toEqual(
      refusal({
        code: "RESTORE_ARTIFACT_INVALID",
        message: "Redis' own check refused dump.rdb: ",
      }),
    );
    expect(await readRefusal(restores, () => restores.restore("bad.rdb"))).toEqual(
      refusal({
        code: "RESTORE_ARTIFACT_INVALID",
        message: "Redis' own check refused appendonly.aof.1.base.rdb: ",
      }),
    );
  });

  it.each([
    ["the last file, in which a command is wrong", "second.aof", "*1\r\n$3\r\nSETT\r\n"],
    ["another file, of which the end is missing", "first.aof", "*1\r\n$4\r\nPI"],
    ["the last file, which goes on with garbage", "second.aof", "garbage"],
  ])("an append-only directory for %s", async (_what, name, text) => {
    await using restores = await createFilledStore();
    const good = encodeCommand(["SET", "key", "value"]);
    const files = { "first.aof": good, "second.aof": good, [name]: `${good}${text}` };
    const content = gzipSync(
      packEntries([
        { path: "a.manifest", content: "file first.aof seq 1 type i\nfile second.aof seq 2 type i\n" },
        ...Object.entries(files).map(([path, commands]) => ({ path, content: commands })),
      ]),
    );
    await restores.putBackup("a.aof.tar.gz", { artifactType: "aof-archive", content, keyCounts: { db0: 1 } });
    expect(await readRefusal(restores, () => restores.restore("a.aof.tar.gz"))).toEqual(
      refusal({
        code: "RESTORE_ARTIFACT_INVALID",
        message: `AOF analyzed: filename=${name}`,
      }),
    );
  });

  it.each(["dump.rdb", "appendonly.aof", "appendonlydir/appendonly.aof.manifest"])(
    "a data directory that holds %s",
    async (name) => {
      await using restores = await createFilledStore();
      await mkdir(join(restores.dataDir, "appendonlydir"));
      await writeFile(join(restores.dataDir, name), "data");
      expect(await readRefusal(restores, () => restores.restore(key))).toEqual(
        refusal({
          code: "RESTORE_DATA_EXISTS",
          message: `it holds ${name.split("/")[0]}; --force moves`,
        }),
      );
      expect(await readFile(join(restores.dataDir, name), "utf8")).toBe("data");
    },
  );

  it("a data directory that a Redis runs on, even when forced", async () => {
    await using restores = await createFilledStore();
    await using server = await startRedisServer({ dir: restores.dataDir });
    expect(await readRefusal(restores, () => restores.restore(key, { request: { isForced: true } }))).toEqual(
      refusal({
        code: "RESTORE_DATA_IN_USE",
        message: `Redis runs there as process ${server.process.pid}`,
      }),
    );
  });

  it("a data directory that another restore works on", async () => {
    await using restores = await createFilledStore();
    {
      await using _lock = await lockDataDirectory(restores.dataDir);
      expect(await readRefusal(restores, () => restores.restore(key))).toEqual(
        refusal({
          code: "RESTORE_DATA_IN_USE",
          message: "another restore",
        }),
      );
    }
    await restores.restore(key);
  });

  it.each(otherKeyCounts)("when it verifies: a backup with %s", async (_what, keyCounts) => {
    await using restores = await createFilledStore();
    await restores.putBackup(key, { ...backup, keyCounts }, { writesDuringBackup: false });
    expect(
      await readRefusal(restores, () => restores.restore(key, { request: { isVerified: true } })),
    ).toEqual(
      refusal({
        code: "RESTORE_VERIFY_FAILED",
        message: "comparing the backup's keys failed: db",
      }),
    );
  });

  it("when it verifies: a backup that Redis does not load, with Redis' last words", async () => {
    await using restores = await createFilledStore();
    await restores.putBackup("bad.rdb", { ...backup, content: flipByte(backup.content) });
    const command = `exec redis-server "$@"`;
    // Named so that no check program is found beside it.
    const redisBinary = join(restores.credentialsDir, "redis-server");
    await writeFile(redisBinary, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    expect(
      await readRefusal(restores, () =>
        restores.restore("bad.rdb", { request: { isVerified: true }, deps: { redisBinary } }),
      ),
    ).toEqual(
      refusal({
        code: "RESTORE_VERIFY_FAILED",
        message: "loading the backup into a redis-server failed: it ended; it wrote: ",
      }),
    );
  });

  it("when it verifies: to go on without a redis-server", async () => {
    await using restores = await createFilledStore();
    const attempt = async () =>
      restores.restore(key, {
        request: { isVerified: true },
        deps: { redisBinary: "/nowhere/redis-server" },
      });
    expect(await readRefusal(restores, attempt)).toEqual(
      refusal({
        code: "PROCESS_START_FAILED",
        message: "starting /nowhere/redis-server failed",
      }),
    );
  });

  it("to go on when it is aborted", async () => {
    await using restores = await createFilledStore();
    const signal = AbortSignal.abort(new Error("received SIGTERM"));
    expect(await readRefusal(restores, () => restores.restore(key, { deps: { signal } }))).toEqual(
      refusal({
        code: "RESTORE_ABORTED",
        message: "received SIGTERM",
      }),
    );
  });

  it("a marker that it can't read", async () => {
    await using restores = await createFilledStore();
    await writeFile(join(restores.dataDir, ".restore.json"), "{");
    expect(await readRefusal(restores, () => restores.restore(key))).toEqual(
      refusal({
        code: "RESTORE_PLACEMENT_FAILED",
        message: "if nothing was, remove it",
      }),
    );
  });
});

describe("a restore", () => {
  it("passes a backup whose keys were counted while they were written, if it holds a number between", async () => {
    await using restores = await createFilledStore();
    const keyCountsAfter = { db0: backedUpKeys.db0 + 5, db3: backedUpKeys.db3 };
    await restores.putBackup(
      key,
      { ...backup, keyCounts: { db0: 90, db3: backedUpKeys.db3 } },
      { keyCountsAfter },
    );
    expect(await restores.restore(key, { request: { isVerified: true } })).toMatchObject({
      keyCounts: backedUpKeys,
      backupKeyCounts: { before: { db0: 90, db3: backedUpKeys.db3 }, after: keyCountsAfter },
    });
    expect(restores.lines).toEqual([]);
  });

  it.each(
    otherKeyCounts.flatMap(([what, keyCounts]) => [
      [what, true, keyCounts] as const,
      [what, undefined, keyCounts] as const,
    ]),
  )(
    "passes with a warning a backup with %s, where keys may have come and gone while it was made (%s)",
    async (_what, writesDuringBackup, keyCounts) => {
      await using restores = await createFilledStore();
      await restores.putBackup(key, { ...backup, keyCounts }, { writesDuringBackup });
      expect(await restores.restore(key, { request: { isVerified: true } })).toMatchObject({
        status: "restored",
        keyCounts: backedUpKeys,
        backupKeyCounts: { before: keyCounts, after: keyCounts },
      });
      expect(restores.lines).toEqual([
        {
          level: "warn",
          fields: { keyCounts: backedUpKeys, backupKeyCounts: { before: keyCounts, after: keyCounts } },
          message: expect.stringMatching(/^the backup was loaded, but its keys are not within /),
        },
      ]);
    },
  );

  it("leaves nothing when data appeared while it was downloaded", async () => {
    await using restores = await createFilledStore();
    const file = join(restores.dataDir, "dump.rdb");
    const attempt = async () =>
      restores.restore(key, { deps: { onProgress: () => writeFileSync(file, "live") } });
    await expect(attempt).rejects.toMatchObject({ code: "RESTORE_DATA_EXISTS" });
    expect(await readdir(restores.dataDir)).toEqual(["dump.rdb"]);
  });

  it("loads as many databases as the backup has", async () => {
    await using origin = await startRedisServer({ directives: { databases: "40" } });
    await origin.client.select(39);
    await origin.client.set("key", "value");
    await origin.client.save();
    await using restores = await createFilledStore();
    const content = await readFile(join(origin.dir, "dump.rdb"));
    await restores.putBackup("many.rdb", { artifactType: "rdb", content, keyCounts: { db39: 1 } });
    expect(await restores.restore("many.rdb", { request: { isVerified: true } })).toMatchObject({
      keyCounts: { db39: 1 },
    });
  });

  it("passes an append-only directory whose last command is cut, wherever it is, as Redis does", async () => {
    await using restores = await createFilledStore();
    const good = encodeCommand(["SET", "key", "value"]);
    const last = `${encodeCommand(["MULTI"])}${encodeCommand(["SET", "other", "value"])}${encodeCommand(["EXEC"])}`;
    for (let length = 1; length < last.length; length += 1) {
      const content = gzipSync(
        packEntries([
          { path: "a.manifest", content: "file first.aof seq 1 type i\n" },
          { path: "first.aof", content: `${good}${last.slice(0, length)}` },
        ]),
      );
      const name = `cut-${length}.aof.tar.gz`;
      const dataDir = join(restores.dataDir, String(length));
      await restores.putBackup(name, { artifactType: "aof-archive", content, keyCounts: { db0: 1 } });
      await expect(
        restores.restore(name, { request: { dataDir } }),
        `cut after ${length} bytes`,
      ).resolves.toMatchObject({ status: "restored" });
    }
    expect(await loadKeys(join(restores.dataDir, "40"), { appendonly: "yes" })).toEqual({ db0: 1 });
  });

  it("removes what a redis-server that was left behind by a killed restore runs on, and ends it", async () => {
    await using restores = await createFilledStore();
    const scratch = join(restores.dataDir, ".restore-staging", "scratch");
    await mkdir(scratch, { recursive: true });
    await using left = await startRedisServer({ dir: scratch });
    await restores.restore(key);
    expect(await left.process.exited).toMatchObject({ signal: "SIGKILL" });
    expect(await readdir(restores.dataDir)).not.toContain(".restore-staging");
  });
});
