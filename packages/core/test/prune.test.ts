import {
  type ObjectStore,
  startFaultProxy,
  startHttpServer,
  startObjectStore,
  startRedisServer,
} from "@redis-operator/testbed";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type BackupMetadata, serializeBackupMetadata } from "../src/backup/backup-metadata.ts";
import { pruneBackups } from "../src/backup/prune.ts";
import { runPruneJob } from "../src/backup/prune-job.ts";
import type { PruneRequest } from "../src/backup/prune-request.ts";
import { createS3Client } from "../src/backup/s3-client.ts";
import { createBackups } from "./backup-fixture.ts";

const bucket = "backups";
const dayMs = 86_400_000;
const now = Date.parse("2026-11-22T12:00:00.000Z");
const content = "REDIS0011";

/** A backup under `redis/`, as it was made so many days ago. */
function metadataOf(backupName: string, days: number, fields: Partial<BackupMetadata> = {}): BackupMetadata {
  const startedAt = new Date(now - days * dayMs).toISOString();
  return {
    backupName,
    artifactType: "rdb",
    method: "rdb",
    objectKey: `redis/${backupName}.rdb`,
    sizeBytes: content.length,
    checksumSha256: "0".repeat(64),
    redisVersion: "7.0.15",
    server: "redis",
    replicationId: "8f3c",
    replicationOffset: 0,
    keyCounts: { db0: 1 },
    keyCountsAfter: { db0: 1 },
    startedAt,
    finishedAt: startedAt,
    ...fields,
  };
}

interface Endpoint {
  readonly endpoint: string;
}

async function put({ endpoint }: Endpoint, key: string, text = content): Promise<void> {
  const response = await fetch(`${endpoint}/${bucket}/${key}`, { method: "PUT", body: text });
  if (!response.ok) throw new Error(`putting ${key} failed: HTTP ${response.status}`);
}

async function store(target: Endpoint, metadata: BackupMetadata): Promise<void> {
  await put(target, metadata.objectKey);
  await put(target, `${metadata.objectKey}.metadata.json`, serializeBackupMetadata(metadata));
}

async function exists({ endpoint }: Endpoint, key: string): Promise<boolean> {
  return (await fetch(`${endpoint}/${bucket}/${key}`, { method: "HEAD" })).ok;
}

/** Which of some objects of `redis/` are there, by the ends of their keys. */
async function left(target: Endpoint, ...names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of names) if (await exists(target, `redis/${name}`)) found.push(name);
  return found;
}

async function prune(
  { endpoint }: Endpoint,
  {
    path = "redis",
    signal = new AbortController().signal,
    ...request
  }: Partial<PruneRequest> & { readonly path?: string; readonly signal?: AbortSignal },
) {
  const destination = { bucket, path, endpoint, region: "us-east-1" };
  const credentials = { accessKeyId: "test-key-id", secretAccessKey: "test-secret" };
  const patience = { connectTimeoutMs: 2_000, idleTimeoutMs: 2_000, maxAttempts: 1 };
  const client = createS3Client({ store: destination, credentials, ...patience });
  try {
    return await pruneBackups(
      { dryRun: false, ...request, destination },
      { client, credentials, signal, readNow: () => now },
    );
  } finally {
    client.destroy();
  }
}

const startStore = (): Promise<ObjectStore> => startObjectStore({ buckets: [bucket] });

describe("a prune", () => {
  it("deletes the objects and the metadata that no rule keeps, and nothing else", async () => {
    await using target = await startStore();
    for (const [name, days] of [
      ["a", 1],
      ["b", 2],
      ["c", 3],
      ["d", 40],
    ] as const) {
      await store(target, metadataOf(name, days));
    }
    const result = await prune(target, { keepLast: 2, keepForMs: 3 * dayMs });
    expect(result).toEqual({
      dryRun: false,
      kept: [
        { backupName: "a", objectKey: "redis/a.rdb", reason: "newest" },
        { backupName: "b", objectKey: "redis/b.rdb", reason: "within-keep-last" },
        { backupName: "c", objectKey: "redis/c.rdb", reason: "within-keep-for" },
      ].map((backup) => expect.objectContaining(backup)),
      deleted: [
        {
          backupName: "d",
          objectKey: "redis/d.rdb",
          sizeBytes: content.length,
          startedAt: metadataOf("d", 40).startedAt,
          reason: "beyond-both",
        },
      ],
      skipped: [],
    });
    const names = ["a", "b", "c", "d"].flatMap((name) => [`${name}.rdb`, `${name}.rdb.metadata.json`]);
    expect(await left(target, ...names)).toEqual(names.slice(0, 6));
  });

  it("deletes nothing in a dry run, whose decision the run after it carries out", async () => {
    await using target = await startStore();
    for (const days of [1, 2, 3]) await store(target, metadataOf(`b${days}`, days));
    const plan = await prune(target, { keepLast: 1, dryRun: true });
    expect(plan.deleted.map(({ backupName }) => backupName)).toEqual(["b2", "b3"]);
    expect(await left(target, "b1.rdb", "b2.rdb", "b3.rdb")).toHaveLength(3);
    expect(await prune(target, { keepLast: 1 })).toEqual({ ...plan, dryRun: false });
    expect(await left(target, "b1.rdb", "b2.rdb", "b3.rdb")).toEqual(["b1.rdb"]);
  });

  it("counts snapshots and archives together", async () => {
    await using target = await startStore();
    await store(target, metadataOf("b", 1));
    const objectKey = "redis/b.aof.tar.gz";
    await store(target, metadataOf("b", 2, { objectKey, artifactType: "aof-archive", method: "aof" }));
    expect((await prune(target, { keepLast: 1 })).deleted).toMatchObject([{ objectKey }]);
  });

  it("leaves alone, and counts for nothing, what has not our metadata with an object that fits it", async () => {
    await using target = await startStore();
    await store(target, metadataOf("good", 30));
    const elsewhere = metadataOf("copied", 1, { objectKey: "other/copied.rdb" });
    await put(target, "redis/alone.rdb");
    await put(target, "redis/copied.rdb");
    await put(target, "redis/copied.rdb.metadata.json", serializeBackupMetadata(elsewhere));
    await put(target, "redis/foreign.rdb");
    await put(target, "redis/foreign.rdb.metadata.json", '{"format":"another tool"}');
    await put(target, "redis/gone.rdb.metadata.json", serializeBackupMetadata(metadataOf("gone", 1)));
    await put(target, "redis/huge.rdb");
    await put(target, "redis/huge.rdb.metadata.json", " ".repeat(2 * 1024 * 1024));
    await store(target, metadataOf("larger", 1, { sizeBytes: 5 }));
    await put(target, "redis/notes.txt");
    await put(target, "redis/notes.txt.metadata.json");

    const result = await prune(target, { keepLast: 1, keepForMs: 1 });
    expect(result.kept).toMatchObject([{ backupName: "good" }]);
    expect(result.deleted).toEqual([]);
    expect(result.skipped).toEqual([
      { key: "redis/alone.rdb", reason: "no-metadata" },
      { key: "redis/copied.rdb", reason: "metadata-of-another-object" },
      { key: "redis/foreign.rdb", reason: "metadata-not-understood" },
      { key: "redis/gone.rdb", reason: "object-missing" },
      { key: "redis/huge.rdb", reason: "metadata-not-understood" },
      { key: "redis/larger.rdb", reason: "object-of-another-size" },
    ]);
    const names = ["alone.rdb", "copied.rdb", "foreign.rdb", "huge.rdb", "larger.rdb", "notes.txt"];
    expect(await left(target, ...names)).toEqual(names);
  });

  it.each([
    ["", "redis/"],
    ["/redis/", ""],
  ])("looks only right under the path %j", async (path, prefix) => {
    await using target = await startStore();
    for (const days of [1, 2]) {
      const at = (folder: string) => ({ objectKey: `${folder}b${days}.rdb` });
      await store(target, metadataOf(`b${days}`, days, at("")));
      await store(target, metadataOf(`b${days}`, days, at("redis/")));
      await store(target, metadataOf(`b${days}`, days, at("redis/deeper/")));
      await store(target, metadataOf(`b${days}`, days, at("redis2/")));
    }
    const { deleted } = await prune(target, { path, keepLast: 1 });
    expect(deleted.map(({ objectKey }) => objectKey)).toEqual([path === "" ? "b2.rdb" : "redis/b2.rdb"]);
    for (const folder of [prefix, "redis/deeper/", "redis2/"]) {
      expect(await exists(target, `${folder}b2.rdb`)).toBe(true);
    }
  });

  it("reads a list of several pages", async () => {
    await using target = await startStore();
    const names = Array.from({ length: 1_100 }, (_, index) => `redis/file-${index}`);
    await Promise.all(names.map((name) => put(target, name)));
    await store(target, metadataOf("a", 9));
    await store(target, metadataOf("z", 1));
    const { kept, deleted } = await prune(target, { keepLast: 1 });
    expect([kept, deleted]).toMatchObject([[{ backupName: "z" }], [{ backupName: "a" }]]);
  });

  it("finds nothing where nothing is", async () => {
    await using target = await startStore();
    const nothing = { dryRun: false, kept: [], deleted: [], skipped: [] };
    expect(await prune(target, { keepLast: 1 })).toEqual(nothing);
  });
});

/** A store's answer to a list of keys. */
function listOf(keys: readonly string[], { isCut = false } = {}): string {
  const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>${content.length}</Size></Contents>`);
  return `<ListBucketResult><IsTruncated>${isCut}</IsTruncated>${contents.join("")}</ListBucketResult>`;
}

const old = metadataOf("old", 40);
const older = metadataOf("older", 41);
const twoOld = [metadataOf("new", 1), old, older];
const keysOfAll = twoOld.flatMap(({ objectKey }) => [objectKey, `${objectKey}.metadata.json`]);

/** A store that holds three backups and answers deletions as a test tells it. */
async function startScriptedStore(statusOfDeletion: (path: string) => number) {
  const deletions: string[] = [];
  const server = await startHttpServer((request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    if (request.method === "DELETE") {
      deletions.push(path.replace(`/${bucket}/redis/`, ""));
      const status = statusOfDeletion(path);
      const body =
        status === 204 ? "" : "<Error><Code>AccessDenied</Code><Message>test-secret</Message></Error>";
      response.writeHead(status, { "content-type": "application/xml" }).end(body);
      return;
    }
    const metadata = twoOld.find(({ objectKey }) => path.endsWith(`/${objectKey}.metadata.json`));
    const isList = metadata === undefined;
    response.end(isList ? listOf(keysOfAll) : serializeBackupMetadata(metadata));
  });
  return { ...server, endpoint: `http://127.0.0.1:${server.port}`, deletions };
}

describe("a prune that fails", () => {
  it("deletes the oldest first, and of each the metadata before the object", async () => {
    await using target = await startScriptedStore(() => 204);
    await prune(target, { keepLast: 1 });
    const order = ["older.rdb.metadata.json", "older.rdb", "old.rdb.metadata.json", "old.rdb"];
    expect(target.deletions).toEqual(order);
  });

  it("stops at the first deletion that fails, and tells which, how far it came and why, without secrets", async () => {
    await using target = await startScriptedStore((path) => (path.endsWith("/old.rdb") ? 403 : 204));
    const error: unknown = await prune(target, { keepLast: 1 }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "PRUNE_FAILED",
      message:
        `deleting s3://backups/redis/old.rdb (1 of 2 backups are deleted) at 127.0.0.1:${target.port} failed: ` +
        "AccessDenied (HTTP 403): ***",
    });
  });

  it("leaves an object whose metadata could not be deleted", async () => {
    await using target = await startScriptedStore(() => 403);
    await expect(prune(target, { keepLast: 1 })).rejects.toMatchObject({ code: "PRUNE_FAILED" });
    expect(target.deletions).toEqual(["older.rdb.metadata.json"]);
  });

  it("is aborted between two backups, never between an object and its metadata", async () => {
    const controller = new AbortController();
    await using target = await startScriptedStore(() => {
      controller.abort(new Error("the manager stops"));
      return 204;
    });
    const pruning = prune(target, { keepLast: 1, signal: controller.signal });
    await expect(pruning).rejects.toThrow("the manager stops");
    expect(target.deletions).toEqual(["older.rdb.metadata.json", "older.rdb"]);
  });

  it("tells what the store answers where there is no such bucket", async () => {
    await using target = await startObjectStore({ buckets: [] });
    await expect(prune(target, { keepLast: 1 })).rejects.toMatchObject({
      code: "PRUNE_FAILED",
      message: expect.stringMatching(
        /^listing the backups under s3:\/\/backups\/redis at .* failed: NoSuchBucket/,
      ),
    });
  });

  it("deletes nothing by a list that the store cut and won't go on with", async () => {
    await using target = await startHttpServer((_, response) => {
      response.end(listOf(keysOfAll, { isCut: true }));
    });
    const pruning = prune({ endpoint: `http://127.0.0.1:${target.port}` }, { keepLast: 1 });
    await expect(pruning).rejects.toMatchObject({
      code: "PRUNE_FAILED",
      message: expect.stringContaining("the store cut its list"),
    });
  });

  it("deletes nothing when metadata can't be read", async () => {
    await using target = await startHttpServer((request, response) => {
      const isList = request.url?.includes("list-type") === true;
      if (isList) response.end(listOf(keysOfAll));
      else response.writeHead(request.method === "GET" ? 503 : 204).end();
    });
    const pruning = prune({ endpoint: `http://127.0.0.1:${target.port}` }, { keepLast: 1 });
    await expect(pruning).rejects.toMatchObject({ code: "PRUNE_FAILED" });
  });

  it("ends when the store goes silent", async () => {
    await using target = await startStore();
    await using proxy = await startFaultProxy({ targetPort: target.port, stallAfterBytes: 1 });
    const pruning = prune({ endpoint: `http://127.0.0.1:${proxy.port}` }, { keepLast: 1 });
    await expect(pruning).rejects.toMatchObject({ code: "PRUNE_FAILED" });
  });
});

describe("a prune on a machine whose clock has jumped", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ["forth", 365 * dayMs, ["b"]],
    ["back", -365 * dayMs, ["b"]],
  ])("%s by a year measures ages by the clock of the store", async (_where, jumpMs, deleted) => {
    await using target = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store: target });
    const trueNow = Date.now();
    for (const [name, days] of [
      ["a", 1],
      ["b", 40],
    ] as const) {
      const startedAt = new Date(trueNow - days * dayMs).toISOString();
      await store(target, metadataOf(name, days, { startedAt, finishedAt: startedAt }));
    }
    await store(target, metadataOf("newest", 0, { startedAt: new Date(trueNow).toISOString() }));
    const destination = { bucket, path: "redis", endpoint: target.endpoint, region: "us-east-1" };
    vi.useFakeTimers({ toFake: ["Date"], now: trueNow + jumpMs });
    const result = await runPruneJob(
      { destination, keepForMs: 30 * dayMs, dryRun: true },
      { setup: backups.setup, signal: new AbortController().signal },
    );
    expect(result.deleted.map(({ backupName }) => backupName)).toEqual(deleted);
  });
});
