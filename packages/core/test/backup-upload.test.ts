import {
  createServerCertificate,
  startObjectStore,
  startRedisServer,
  startSigningObjectStore,
  startStoreProxy,
} from "@redis-operator/testbed";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Artifact } from "../src/backup/artifact.ts";
import { parseBackupMetadata } from "../src/backup/backup-metadata.ts";
import { uploadArtifact } from "../src/backup/upload.ts";
import { createBackups, fakeArtifact, uploadOptions, writeRandomValues } from "./backup-fixture.ts";

const startStore = () => startObjectStore({ buckets: ["backups"] });
const mebibyte = 1024 * 1024;

describe("the upload of a backup", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ["http, where the body is signed", /^[0-9a-f]{64}$/],
    ["https, where TLS protects the body", /^UNSIGNED-PAYLOAD$/],
  ])(
    "is accepted by a store that checks signatures over %s, in one request and in parts",
    async (over, hash) => {
      await using store = await startSigningObjectStore({ buckets: ["backups"] });
      const certificate = over.startsWith("https") ? await createServerCertificate() : undefined;
      await using proxy = await startStoreProxy({
        targetPort: Number(new URL(store.endpoint).port),
        ...(certificate !== undefined && { certificate }),
      });
      await using redis = await startRedisServer();
      await using backups = await createBackups(redis, { store: { ...store, endpoint: proxy.endpoint } });
      const destination = { caBundle: certificate?.ca };
      expect(await backups.run("rdb", { backupName: "small", destination })).toMatchObject({
        artifactType: "rdb",
      });
      await writeRandomValues(redis, 20);
      expect(await backups.run("rdb", { backupName: "large", destination })).toMatchObject({
        artifactType: "rdb",
      });

      const bodies = proxy.requests.filter(
        ({ method, url }) => method === "PUT" && !url.includes("metadata.json"),
      );
      for (const { headers } of bodies) expect(headers["x-amz-content-sha256"]).toMatch(hash);
      // Each body may have been sent more than once.
      expect(new Set(bodies.map(({ url }) => url)).size).toBe(4);
    },
  );

  it("does not trust a store whose certificate no bundle vouches for", async () => {
    await using store = await startStore();
    await using proxy = await startStoreProxy({
      targetPort: store.port,
      certificate: await createServerCertificate(),
    });
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store: { ...store, endpoint: proxy.endpoint } });
    await expect(backups.run("rdb")).rejects.toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringContaining("certificate"),
    });
  });

  it("asks the store for what the destination says: encryption, class, tags", async () => {
    await using store = await startStore();
    await using proxy = await startStoreProxy({ targetPort: store.port });
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store: { ...store, endpoint: proxy.endpoint } });
    const destination = {
      serverSideEncryption: { algorithm: "aws:kms", kmsKeyId: "key-1" },
      storageClass: "STANDARD_IA",
      tags: { team: "data & co", env: "prod" },
    } as const;
    const everywhere = {
      "x-amz-server-side-encryption": "aws:kms",
      "x-amz-server-side-encryption-aws-kms-key-id": "key-1",
      "x-amz-tagging": "team=data+%26+co&env=prod",
    };
    await backups.run("rdb", { backupName: "small", destination });
    await writeRandomValues(redis, 9);
    await backups.run("rdb", { backupName: "large", destination });

    const headersOf = (method: string, end: string) =>
      proxy.requests.find(({ method: used, url }) => used === method && url.includes(end))?.headers;
    for (const headers of [headersOf("PUT", "small.rdb?"), headersOf("POST", "large.rdb?uploads")]) {
      expect(headers).toMatchObject({ ...everywhere, "x-amz-storage-class": "STANDARD_IA" });
    }
    // Metadata in a class that answers slowly would hold up every prune and restore.
    const metadataHeaders = headersOf("PUT", "small.rdb.metadata.json");
    expect(metadataHeaders).toMatchObject({ ...everywhere, "content-type": "application/json" });
    expect(metadataHeaders).not.toHaveProperty("x-amz-storage-class");
  });

  it.each([
    ["when-supported", "crc32"],
    ["when-required", undefined],
  ] as const)("sends a checksum with each part or none: %s", async (checksum, sent) => {
    await using store = await startStore();
    await using proxy = await startStoreProxy({ targetPort: store.port });
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store: { ...store, endpoint: proxy.endpoint } });
    await writeRandomValues(redis, 9);
    const { objectKey } = await backups.run("rdb", { destination: { checksum } });
    const parts = proxy.requests.filter(({ partNumber }) => partNumber !== undefined);
    expect(parts.map(({ headers }) => typeof headers["x-amz-checksum-crc32"])).toEqual(
      parts.map(() => (sent === undefined ? "undefined" : "string")),
    );
    expect(await store.countParts("backups", objectKey)).toBe(parts.length);
  });

  it("cuts parts of the size that the destination says, and sends as many at once", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await writeRandomValues(redis, 20);
    const { objectKey } = await backups.run("rdb", { destination: { partSizeMiB: 5, concurrency: 1 } });
    expect(await store.countParts("backups", objectKey)).toBe(5);
  });

  it.each([
    ["exactly one part", 8 * mebibyte, undefined],
    ["a byte more than a part", 8 * mebibyte + 1, 2],
    ["exactly two parts", 16 * mebibyte, 2],
    ["twelve parts", 90 * mebibyte, 12],
  ])("stores %s", async (_what, sizeBytes, parts) => {
    await using store = await startStore();
    const options = uploadOptions(store);
    await using artifact = fakeArtifact({ sizeBytes });
    expect(await uploadArtifact(artifact, options)).toMatchObject({ sizeBytes });
    expect(await store.countParts("backups", "nightly.rdb")).toBe(parts);
  });

  it("stores an artifact whose size is unknown before, and that fills its parts exactly", async () => {
    await using store = await startStore();
    await using artifact = fakeArtifact({ sizeBytes: 16 * mebibyte, maxSizeBytes: 17 * mebibyte });
    expect(await uploadArtifact(artifact, uploadOptions(store))).toMatchObject({ sizeBytes: 16 * mebibyte });
    expect(await store.countParts("backups", "nightly.rdb")).toBe(2);
  });

  it("replaces a backup of the same name, and its metadata with it", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await backups.run("rdb");
    await redis.client.set("later", "value");
    const { metadataKey, ...second } = await backups.run("rdb");
    const metadata = parseBackupMetadata((await store.readObject("backups", metadataKey)).toString());
    expect(metadata).toMatchObject({ checksumSha256: second.checksumSha256, keyCounts: { db0: 1 } });
  });

  it("does not put Redis to work when the credentials are incomplete", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, {
      store: { ...store, credentials: { accessKeyId: "test-key-id" } },
    });
    await expect(backups.run("rdb")).rejects.toMatchObject({ code: "BACKUP_CREDENTIALS_INVALID" });
    expect(await redis.client.info("persistence")).toContain("rdb_saves:0");
  });

  it("uses the SDK's own chain when there are no credentials files", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "S3RVER");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "S3RVER");
    await using store = await startSigningObjectStore({ buckets: ["backups"] });
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store: { ...store, credentials: {} } });
    expect(await backups.run("rdb")).toMatchObject({ artifactType: "rdb" });
  });

  it("answers BACKUP_CREDENTIALS_INVALID when the SDK's own chain finds none either", async () => {
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store: { ...store, credentials: {} } });
    await expect(backups.run("rdb")).rejects.toMatchObject({
      code: "BACKUP_CREDENTIALS_INVALID",
      message: expect.stringContaining("Could not load credentials"),
    });
  });

  it("holds as many parts in memory as it sends at once, however large the artifact is", async () => {
    await using store = await startStore();
    const targets = new Set<ArrayBufferLike>();
    await using source = fakeArtifact({ sizeBytes: 200 * mebibyte });
    const watched: Artifact = {
      ...source,
      async read(target) {
        targets.add(target.buffer);
        return await source.read(target);
      },
    };
    await uploadArtifact(watched, uploadOptions(store));
    expect(Array.from(targets, ({ byteLength }) => byteLength)).toEqual([
      8 * mebibyte,
      8 * mebibyte,
      8 * mebibyte,
    ]);
  });
});
