import { createHash } from "node:crypto";
import { access } from "node:fs/promises";
import { join } from "node:path";
import {
  createServerCertificate,
  freePort,
  type ObjectStore,
  startBlackHole,
  startFaultProxy,
  startObjectStore,
  startRedisServer,
  startSigningObjectStore,
  startStoreProxy,
  type StoreRequest,
  type Treatment,
} from "@redis-operator/testbed";
import { afterEach, describe, expect, it, vi } from "vitest";
import { uploadArtifact } from "../src/backup/upload.ts";
import { InstanceError } from "../src/errors.ts";
import {
  type BackupsOptions,
  createBackups,
  fakeArtifact,
  uploadOptions,
  writeRandomValues,
} from "./backup-fixture.ts";

const startStore = () => startObjectStore({ buckets: ["backups"] });
const credentials = { accessKeyId: "test-key-id", secretAccessKey: "test-secret" };
const mebibyte = 1024 * 1024;

/** Redis with six parts of data, and backups of it through a proxy that treats requests as a test says. */
async function startFaultyStore(
  treat: (request: StoreRequest) => Treatment,
  settings: BackupsOptions["settings"] = {},
  certificate?: { readonly ca: string; readonly cert: string; readonly key: string },
) {
  await using started = new AsyncDisposableStack();
  const store = started.use(await startStore());
  const faults = { treat };
  const proxy = started.use(
    await startStoreProxy({
      targetPort: store.port,
      treat: (request) => faults.treat(request),
      ...(certificate !== undefined && { certificate }),
    }),
  );
  const redis = started.use(await startRedisServer());
  const backups = started.use(
    await createBackups(redis, { store: { ...store, endpoint: proxy.endpoint }, settings }),
  );
  // Enough for the thread that reads large files.
  await writeRandomValues(redis, 40);
  const running = started.move();
  return {
    store,
    proxy,
    redis,
    backups,
    /** From now on the store works. */
    heal: () => void (faults.treat = () => "forward"),
    /** From now on the store treats requests so. */
    break: (next: (request: StoreRequest) => Treatment) => void (faults.treat = next),
    isJournalThere: () =>
      access(backups.setup.journalDir).then(
        () => true,
        () => false,
      ),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function keysThere(store: ObjectStore, keys: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const key of keys) {
    const response = await fetch(`${store.endpoint}/backups/${key}`, { method: "HEAD" });
    if (response.ok) found.push(key);
  }
  return found;
}

const pair = ["redis/nightly.rdb", "redis/nightly.rdb.metadata.json"];
const isPart = (number: number) => (request: StoreRequest) => request.partNumber === number;
const isAnyPart = (request: StoreRequest) => request.partNumber !== undefined;
const isCompletion = ({ method, url }: StoreRequest) => method === "POST" && url.includes("uploadId=");
const isMetadata = ({ method, url }: StoreRequest) => method === "PUT" && url.includes(".metadata.json");

/** Treats the first so many of the requests that match in a way of its own. */
function first(count: number, matches: (request: StoreRequest) => boolean, treatment: Treatment) {
  let left = count;
  return (request: StoreRequest): Treatment => {
    if (left === 0 || !matches(request)) return "forward";
    left -= 1;
    return treatment;
  };
}

const always = (matches: (request: StoreRequest) => boolean, treatment: Treatment) =>
  first(Number.POSITIVE_INFINITY, matches, treatment);

function everyThird(treatment: Treatment) {
  let requests = 0;
  return (): Treatment => {
    requests += 1;
    return requests % 3 === 0 ? treatment : "forward";
  };
}

describe("a backup succeeds although", () => {
  it.each([
    [
      "the connection is reset in the middle of part 3",
      () => first(1, isPart(3), { resetAfterBytes: mebibyte }),
    ],
    ["the store answers 503 to a third of the requests", () => everyThird({ status: 503, code: "SlowDown" })],
    ["the store answers 500 to a part", () => first(1, isPart(2), { status: 500, code: "InternalError" })],
    ["the answer to a part is lost", () => first(1, isPart(2), "lose-answer")],
    ["the answer to the completion is lost", () => first(1, isCompletion, "lose-answer")],
    ["the answer to the metadata is lost", () => first(1, isMetadata, "lose-answer")],
    ["the store is slow", () => always(isAnyPart, { bytesPerSecond: 16 * mebibyte })],
  ])("%s", async (_fault, createFaults) => {
    // Shorter than a slow upload takes: the store is slow, not idle.
    const settings = { uploadMaxAttempts: 6, uploadIdleTimeoutMs: 1_500 };
    await using faulty = await startFaultyStore(createFaults(), settings);
    const { store, backups } = faulty;
    const { checksumSha256 } = await backups.run("rdb");
    const stored = await store.readObject("backups", "redis/nightly.rdb");
    expect(createHash("sha256").update(stored).digest("hex")).toBe(checksumSha256);
    expect(await keysThere(store, pair)).toEqual(pair);
    expect(await faulty.isJournalThere()).toBe(false);
  });

  it("the connection is reset in the middle of part 3, over https", async () => {
    const certificate = await createServerCertificate();
    const reset = first(1, isPart(3), { resetAfterBytes: mebibyte });
    await using faulty = await startFaultyStore(reset, {}, certificate);
    const { store, proxy, backups } = faulty;
    const { checksumSha256 } = await backups.run("rdb", {
      destination: { caBundle: certificate.ca },
    });
    const stored = await store.readObject("backups", "redis/nightly.rdb");
    expect(createHash("sha256").update(stored).digest("hex")).toBe(checksumSha256);
    expect(proxy.requests.filter(isPart(3))).toHaveLength(2);
  });

  it("the disk has no room for the journal, of which the log tells", async () => {
    await using faulty = await startFaultyStore(() => "forward");
    const { backups } = faulty;
    const journalDir = join(backups.setup.journalDir, "missing", "upload.json");
    expect(await backups.run("rdb", { setup: { journalDir } })).toMatchObject({ artifactType: "rdb" });
    expect(backups.logged).toContainEqual({
      message: expect.stringContaining("remembering the upload failed"),
      fields: { reason: expect.stringContaining("ENOENT") },
    });
  });
});

describe("a backup that fails leaves nothing in the store, and the next one works, when", () => {
  it.each([
    [
      "part 3 is always reset",
      () => always(isPart(3), { resetAfterBytes: mebibyte }),
      /failed: .*(socket hang up|ECONNRESET|EPIPE)/,
    ],
    [
      "part 3 is always answered by 503",
      () => always(isPart(3), { status: 503, code: "SlowDown" }),
      /failed: SlowDown \(HTTP 503\): refused$/,
    ],
    [
      "access is denied to the upload",
      () => always(({ method }) => method === "POST", { status: 403, code: "AccessDenied" }),
      /failed: AccessDenied \(HTTP 403\): refused$/,
    ],
    [
      "access is denied to a part",
      () => always(isPart(2), { status: 403, code: "AccessDenied" }),
      /failed: AccessDenied \(HTTP 403\): refused$/,
    ],
    [
      "the completion is refused",
      () => always(isCompletion, { status: 400, code: "InvalidPart" }),
      /failed: InvalidPart \(HTTP 400\): refused$/,
    ],
    [
      "the metadata is refused",
      () => always(isMetadata, { status: 403, code: "AccessDenied" }),
      /failed: AccessDenied \(HTTP 403\): refused$/,
    ],
    [
      "a part is never answered",
      () => always(isPart(2), "ignore"),
      /failed: .*timed out after 500 ms of inactivity/,
      500,
    ],
  ])("%s", async (_fault, createFaults, message, uploadIdleTimeoutMs = 30_000) => {
    await using faulty = await startFaultyStore(createFaults(), { uploadIdleTimeoutMs });
    const { store, backups } = faulty;
    await expect(backups.run("rdb")).rejects.toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringMatching(message),
    });
    expect(await store.isEmpty("backups")).toBe(true);
    expect(await faulty.isJournalThere()).toBe(false);
    faulty.heal();
    const setup = { settings: { ...backups.setup.settings, uploadIdleTimeoutMs: 30_000 } };
    expect(await backups.run("rdb", { setup })).toMatchObject({ artifactType: "rdb" });
  });

  it("the object is not there when the store is asked for it", async () => {
    await using faulty = await startFaultyStore(() => "forward");
    const { store, proxy, backups } = faulty;
    const isConfirmation = ({ method }: StoreRequest) =>
      method === "HEAD" && proxy.requests.some(isCompletion);
    faulty.break(first(1, isConfirmation, { status: 404, code: "NotFound" }));
    await expect(backups.run("rdb")).rejects.toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringMatching(/\d+ bytes were sent, and the store does not have it$/),
    });
    expect(await store.isEmpty("backups")).toBe(true);
  });

  it("the artifact can't be read to its end", async () => {
    await using store = await startStore();
    const error = new InstanceError("ARTIFACT_FAILED", "reading dump.rdb failed");
    await using artifact = fakeArtifact({
      sizeBytes: 30 * mebibyte,
      failsAt: { bytes: 20 * mebibyte, error },
    });
    await expect(uploadArtifact(artifact, uploadOptions(store))).rejects.toBe(error);
    expect(await store.isEmpty("backups")).toBe(true);
  });

  it("its time is over", async () => {
    await using store = await startStore();
    await using proxy = await startFaultProxy({ targetPort: store.port, stallAfterBytes: 12 * mebibyte });
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, {
      store: { ...store, endpoint: `http://127.0.0.1:${proxy.port}` },
      settings: { uploadTimeoutMs: 1_000 },
    });
    await writeRandomValues(redis, 30);
    await expect(backups.run("rdb")).rejects.toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringMatching(/failed: not finished within 1000 ms$/),
    });
    expect(await store.isEmpty("backups")).toBe(true);
  });

  it.each(["rdb", "aof"] as const)("%s is aborted in the middle", async (method) => {
    await using store = await startStore();
    await using proxy = await startFaultProxy({ targetPort: store.port, stallAfterBytes: 12 * mebibyte });
    await using redis = await startRedisServer({ directives: { appendonly: "yes" } });
    await using backups = await createBackups(redis, {
      store: { ...store, endpoint: `http://127.0.0.1:${proxy.port}` },
    });
    await writeRandomValues(redis, 30);
    const controller = new AbortController();
    const outcome = backups.run(method, { signal: controller.signal }).catch((error: unknown) => error);
    await proxy.stalled;
    expect(await store.isEmpty("backups")).toBe(false);
    const reason = new Error("the manager stops");
    controller.abort(reason);

    expect(await outcome).toBe(reason);
    // What could not be removed is told with the reason.
    expect(backups.logged).toEqual([]);
    expect(await store.isEmpty("backups")).toBe(true);
    expect(await backups.run(method)).toMatchObject({ backupPath: expect.stringContaining("nightly") });
  });
});

describe("a backup of a name that is there already", () => {
  it("leaves that one as it is when it fails before it has replaced it", async () => {
    await using faulty = await startFaultyStore(() => "forward");
    const { store, redis, backups } = faulty;
    const earlier = await backups.run("rdb");
    await redis.client.set("later", "value");
    faulty.break(always(isPart(3), { status: 403, code: "AccessDenied" }));
    await expect(backups.run("rdb")).rejects.toMatchObject({ code: "UPLOAD_FAILED" });
    expect((await store.readObject("backups", "redis/nightly.rdb")).length).toBe(earlier.sizeBytes);
    expect(await keysThere(store, pair)).toEqual(pair);
  });

  it("takes both objects away when it has replaced one and can't describe it", async () => {
    await using faulty = await startFaultyStore(() => "forward");
    const { store, redis, backups } = faulty;
    await backups.run("rdb");
    await redis.client.set("later", "value");
    faulty.break(always(isMetadata, { status: 403, code: "AccessDenied" }));
    await expect(backups.run("rdb")).rejects.toMatchObject({ code: "UPLOAD_FAILED" });
    expect(await keysThere(store, pair)).toEqual([]);
  });
});

describe("what a backup could not remove", () => {
  it("is logged, remembered, and removed by the next one", async () => {
    await using faulty = await startFaultyStore(
      always(({ method }) => method === "DELETE", { resetAfterBytes: 0 }),
    );
    const { store, backups } = faulty;
    const controller = new AbortController();
    const onProgress = () =>
      void (faulty.proxy.requests.some(isPart(2)) && controller.abort(new Error("stop")));
    await expect(backups.run("rdb", { signal: controller.signal, onProgress })).rejects.toThrow("stop");
    expect(backups.logged.map(({ message }) => message)).toEqual([
      expect.stringContaining("removing what a failed upload has left failed"),
    ]);
    expect(await faulty.isJournalThere()).toBe(true);

    faulty.heal();
    await backups.run("rdb", { backupName: "next" });
    expect(backups.logged.at(-1)).toMatchObject({
      message: expect.stringContaining("removed what a killed backup had left"),
      fields: { key: "redis/nightly.rdb", uploads: 1, object: false },
    });
    expect(await keysThere(store, pair)).toEqual([]);
  });
});

describe("a store that can't be used at all", () => {
  it("answers UPLOAD_FAILED with name and status when the bucket is missing, and the next backup works", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await expect(backups.run("rdb", { destination: { bucket: "missing" } })).rejects.toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringMatching(
        /^uploading s3:\/\/missing\/redis\/nightly\.rdb to 127\.0\.0\.1:\d+ failed: NoSuchBucket \(HTTP 404\)/,
      ),
    });
    expect(backups.logged).toEqual([]);
    expect(await backups.run("rdb")).toMatchObject({ backupPath: "s3://backups/redis/nightly.rdb" });
  });

  it("answers UPLOAD_FAILED without a secret when the secret is wrong", async () => {
    await using store = await startSigningObjectStore({ buckets: ["backups"] });
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, {
      store: { ...store, credentials: { ...store.credentials, secretAccessKey: "wrong-secret" } },
    });
    const error: unknown = await backups.run("rdb").catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringContaining("SignatureDoesNotMatch (HTTP 403)"),
    });
    expect(String(error)).not.toContain("wrong-secret");
  });

  it("answers UPLOAD_FAILED with the reason when nothing listens, and keeps the endpoint's password to itself", async () => {
    const port = await freePort();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, {
      store: { endpoint: `http://user:hidden@127.0.0.1:${port}`, credentials },
    });
    await expect(backups.run("rdb")).rejects.toMatchObject({
      code: "UPLOAD_FAILED",
      message: `uploading s3://backups/redis/nightly.rdb to 127.0.0.1:${port} failed: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  });

  it("answers UPLOAD_FAILED when the store accepts connections and says nothing", async () => {
    await using store = await startBlackHole();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, {
      store: { endpoint: `http://127.0.0.1:${store.port}`, credentials },
      settings: { uploadIdleTimeoutMs: 100 },
    });
    await expect(backups.run("rdb")).rejects.toMatchObject({
      code: "UPLOAD_FAILED",
      message: expect.stringContaining("timed out after 100 ms of inactivity"),
    });
  });

  it("does not begin for a signal that is aborted already", async () => {
    await using store = await startStore();
    await using redis = await startRedisServer();
    await using backups = await createBackups(redis, { store });
    await expect(backups.run("rdb", { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(await redis.client.info("persistence")).toContain("rdb_saves:0");
  });
});

describe("a clock that jumps", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ["back", -86_400_000],
    ["forth", 86_400_000],
  ])(
    "%s by a day in the middle ends no wait, and the times of the backup tell what has passed",
    async (_where, jumpMs) => {
      await using faulty = await startFaultyStore(() => "forward");
      const before = Date.now();
      const { startedAt, finishedAt } = await faulty.backups.run("rdb", {
        onProgress: ({ phase }) => {
          if (phase !== "saving") return;
          vi.useFakeTimers({ toFake: ["Date"], now: before + jumpMs });
        },
      });
      const elapsedMs = Date.parse(finishedAt) - Date.parse(startedAt);
      expect(elapsedMs).toBeGreaterThan(0);
      expect(elapsedMs).toBeLessThan(60_000);
    },
  );
});
