import { createHash } from "node:crypto";
import { startFaultProxy, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import {
  metadataContentType,
  metadataSuffix,
  parseBackupMetadata,
} from "../../src/backup/backup-metadata.ts";
import type { BackupResult } from "../../src/backup/backup-request.ts";
import { writeRandomValues } from "../backup-fixture.ts";
import { createStoreBackups } from "./store-backups.ts";
import {
  givenEndpoint,
  openStoreThatChecksSignatures,
  openStoreUnderTest,
  type StoreUnderTest,
} from "./store-under-test.ts";

const storeName =
  givenEndpoint === undefined ? "the embedded store" : `the store at ${URL.parse(givenEndpoint)?.host}`;
const mebibyte = 1024 * 1024;
// The least that S3 allows: few bytes make many parts.
const partSizeMiB = 5;
const methods = ["rdb", "aof"] as const;

const startRedis = () => startRedisServer({ directives: { appendonly: "yes" } });

/** Checks that a result, the object and the metadata beside it say the same. */
async function expectStored(store: StoreUnderTest, result: BackupResult) {
  const { objectKey, metadataKey, sizeBytes, checksumSha256 } = result;
  const stored = await store.readObject(objectKey);
  expect(createHash("sha256").update(stored).digest("hex")).toBe(checksumSha256);
  expect(await store.readHead(objectKey)).toMatchObject({ sizeBytes });
  expect(metadataKey).toBe(`${objectKey}${metadataSuffix}`);
  expect(await store.readHead(metadataKey)).toMatchObject({ contentType: metadataContentType });
  const metadata = parseBackupMetadata((await store.readObject(metadataKey)).toString());
  expect(metadata).toMatchObject({ objectKey, sizeBytes, checksumSha256, keyCounts: result.keyCounts });
}

/** How a store took a backup with an option that not every store has: "stored", or its refusal, which leaves nothing. */
async function settle(store: StoreUnderTest, run: Promise<BackupResult>): Promise<string> {
  const [outcome] = await Promise.allSettled([run]);
  if (outcome.status === "fulfilled") {
    await expectStored(store, outcome.value);
    return "stored";
  }
  expect(await store.isEmpty()).toBe(true);
  return String(outcome.reason);
}

describe(`backups in ${storeName}`, () => {
  it.each(methods)("stores a small artifact of %s and restores it with every key", async (method) => {
    await using store = await openStoreUnderTest();
    await using redis = await startRedis();
    await using backups = await createStoreBackups(redis, store);
    await redis.client.mset("first", "1", "second", "2");

    const result = await backups.run(method);

    await expectStored(store, result);
    await using restored = await backups.restore(result);
    expect(await restored.client.mget("first", "second")).toEqual(["1", "2"]);
  });

  it.each(methods)(
    "stores an artifact of %s in many parts and restores it with every key",
    async (method) => {
      await using store = await openStoreUnderTest();
      await using redis = await startRedis();
      await using backups = await createStoreBackups(redis, store);
      await writeRandomValues(redis, 24);

      const result = await backups.run(method, { destination: { partSizeMiB } });

      expect(result.sizeBytes).toBeGreaterThan(4 * partSizeMiB * mebibyte);
      await expectStored(store, result);
      await using restored = await backups.restore(result);
      expect(await restored.client.dbsize()).toBe(24);
      expect(await restored.client.strlen("random:23")).toBe(mebibyte);
    },
  );

  it("replaces a backup of the same name, and its metadata with it", async () => {
    await using store = await openStoreUnderTest();
    await using redis = await startRedis();
    await using backups = await createStoreBackups(redis, store);
    await writeRandomValues(redis, 12);
    await backups.run("rdb", { destination: { partSizeMiB } });
    await redis.client.flushall();

    const result = await backups.run("rdb");

    await expectStored(store, result);
    expect((await store.listKeys()).toSorted()).toEqual(["nightly.rdb", "nightly.rdb.metadata.json"]);
  });

  it("takes keys with blanks, characters that URLs reserve, and others than ASCII", async () => {
    await using store = await openStoreUnderTest();
    await using redis = await startRedis();
    await using backups = await createStoreBackups(redis, store);
    const path = `${store.destination.path}/naïve path+(1)=&'~`;

    const result = await backups.run("rdb", { destination: { path } });

    expect(result.objectKey).toBe(`${path}/nightly.rdb`);
    await expectStored(store, result);
    await using restored = await backups.restore(result);
    expect(await restored.client.ping()).toBe("PONG");
  });

  it.each([
    ["checksums wherever the API knows them", { checksum: "when-supported" }],
    ["encryption by the store", { serverSideEncryption: { algorithm: "AES256" } }],
    ["tags", { tags: { team: "payments" } }],
    ["a storage class", { storageClass: "STANDARD_IA" }],
  ] as const)("takes %s, or refuses with an error of its own and leaves nothing", async (_, options) => {
    await using store = await openStoreUnderTest();
    await using redis = await startRedis();
    await using backups = await createStoreBackups(redis, store);
    await writeRandomValues(redis, 12);

    const run = backups.run("rdb", { destination: { ...options, partSizeMiB } });

    expect(await settle(store, run)).toMatch(/^stored$|failed: \w+ \(HTTP [45]\d\d\)/);
  });

  it("answers UPLOAD_FAILED with the store's own words when the bucket is missing", async () => {
    await using store = await openStoreUnderTest();
    await using redis = await startRedis();
    await using backups = await createStoreBackups(redis, store);
    const bucket = `missing-${crypto.randomUUID()}`;
    await expect(backups.run("rdb", { destination: { bucket } })).rejects.toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringContaining("NoSuchBucket (HTTP 404)"),
    });
  });

  it("leaves neither an object nor parts when a backup is aborted as its upload begins", async () => {
    await using store = await openStoreUnderTest();
    await using redis = await startRedis();
    await using backups = await createStoreBackups(redis, store);
    await writeRandomValues(redis, 48);
    const controller = new AbortController();

    const run = backups.run("rdb", {
      destination: { partSizeMiB, concurrency: 1 },
      signal: controller.signal,
      onProgress: ({ phase }) => {
        if (phase === "uploading") controller.abort(new Error("enough"));
      },
    });

    await expect(run).rejects.toMatchObject({ code: "BACKUP_ABORTED" });
    expect(await store.isEmpty()).toBe(true);
  });

  // The proxy's address has to be one that the store's certificate is good for.
  const isLocal = givenEndpoint === undefined || URL.parse(givenEndpoint)?.hostname === "127.0.0.1";
  it.runIf(isLocal).each([
    ["aborted", "BACKUP_ABORTED"],
    ["killed", "BACKUP_PROCESS_DIED"],
  ] as const)(
    "leaves neither an object nor parts when a backup is %s in the middle of a part",
    async (fate, code) => {
      await using store = await openStoreUnderTest();
      const endpoint = new URL(store.destination.endpoint);
      await using proxy = await startFaultProxy({
        targetPort: Number(endpoint.port),
        stallAfterBytes: 12 * mebibyte,
      });
      endpoint.port = String(proxy.port);
      await using redis = await startRedis();
      await using backups = await createStoreBackups(redis, store);
      await writeRandomValues(redis, 24);
      const controller = new AbortController();
      const ends = {
        aborted: () => controller.abort(new Error("enough")),
        killed: async () => process.kill(await backups.readChildPid(), "SIGKILL"),
      };

      const outcome = backups
        .run("rdb", { destination: { partSizeMiB, endpoint: endpoint.href }, signal: controller.signal })
        .catch((error: unknown) => error);
      await proxy.stalled;
      await ends[fate]();

      expect(await outcome).toMatchObject({ code });
      // A store may take a moment to let go of a part whose connection was cut.
      await waitFor(() => store.isEmpty(), { what: "the store to be empty" });
    },
  );

  it("answers UPLOAD_FAILED without a secret when the secret is wrong", async () => {
    await using store = await openStoreThatChecksSignatures();
    await using redis = await startRedis();
    const credentials = { ...store.credentials, secretAccessKey: "wrong-secret" };
    await using backups = await createStoreBackups(redis, { ...store, credentials });
    const error: unknown = await backups.run("rdb").catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringContaining("SignatureDoesNotMatch (HTTP 403)"),
    });
    expect(String(error)).not.toContain("wrong-secret");
  });

  it("prunes old backups with their metadata, and nothing else", async () => {
    await using store = await openStoreUnderTest();
    await using redis = await startRedis();
    await using backups = await createStoreBackups(redis, store);
    await store.writeObject("notes.txt", "mine");
    await store.writeObject("foreign.rdb", "no metadata");
    for (const backupName of ["first", "second", "third"]) await backups.run("rdb", { backupName });

    const planned = await backups.prune({ keepLast: 1, dryRun: true });
    expect(planned.deleted.map(({ backupName }) => backupName).toSorted()).toEqual(["first", "second"]);
    expect(await store.listKeys()).toHaveLength(8);

    expect(await backups.prune({ keepLast: 1, dryRun: false })).toEqual({ ...planned, dryRun: false });
    expect((await store.listKeys()).toSorted()).toEqual([
      "foreign.rdb",
      "notes.txt",
      "third.rdb",
      "third.rdb.metadata.json",
    ]);
  });
});
