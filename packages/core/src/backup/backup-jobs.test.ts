import { describe, expect, it } from "vitest";
import { InstanceError } from "../errors.ts";
import { parseAllowedDestinations } from "./allowed-destinations.ts";
import { type BackupJobsDeps, createBackupJobs } from "./backup-jobs.ts";
import type { BackupRequest, BackupResult, BackupRunOptions } from "./backup-request.ts";
import type { PruneResult } from "./prune-request.ts";

const destination = { bucket: "backups", path: "redis", region: "us-east-1" };
const pruneRequest = { destination, keepLast: 1, dryRun: true };
const pruned: PruneResult = { dryRun: true, kept: [], deleted: [], skipped: [] };

function requestOf(backupName: string, fields: Partial<BackupRequest> = {}): BackupRequest {
  return { backupName, method: "rdb", destination, ...fields };
}

function resultOf({ backupName }: BackupRequest): BackupResult {
  const objectKey = `redis/${backupName}.rdb`;
  return {
    artifactType: "rdb",
    backupPath: `s3://backups/${objectKey}`,
    objectKey,
    metadataKey: `${objectKey}.metadata.json`,
    sizeBytes: 5,
    checksumSha256: "0".repeat(64),
    redisVersion: "7.0.15",
    replicationId: "8f3c",
    replicationOffset: 0,
    keyCounts: {},
    startedAt: "2026-11-22T00:00:00.000Z",
    finishedAt: "2026-11-22T00:00:01.000Z",
  };
}

/** A backup that was begun: the test decides how it goes on, unless its signal does. */
interface Run extends BackupRunOptions {
  readonly request: BackupRequest;
  readonly succeed: () => void;
  readonly fail: (error: Error) => void;
}

function createJobs(deps: Partial<BackupJobsDeps> = {}) {
  const runs: Run[] = [];
  const logged: unknown[] = [];
  const log = (level: string) => (_: unknown, message: string) => void logged.push([level, message]);
  const jobs = createBackupJobs({
    makeBackup(request, options) {
      const { promise, resolve, reject } = Promise.withResolvers<BackupResult>();
      options.signal.addEventListener("abort", () => {
        reject(new InstanceError("BACKUP_ABORTED", `aborted: ${String(options.signal.reason)}`));
      });
      runs.push({ request, ...options, succeed: () => resolve(resultOf(request)), fail: reject });
      return promise;
    },
    prune: () => Promise.resolve(pruned),
    allowedDestinations: undefined,
    stopSignal: new AbortController().signal,
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    ...deps,
  });

  /** Starts a backup and has it succeed. */
  async function make(request: BackupRequest): Promise<void> {
    const { ended } = jobs.start(request, { force: true });
    runs.at(-1)?.succeed();
    await ended;
  }

  return { jobs, runs, logged, make };
}

const internalMessage = "the backup failed for a reason that the manager's log names";
const once = { force: false };

function codeOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error instanceof InstanceError ? error.code : error;
  }
}

describe("a job", () => {
  it("is running with the progress that it told last, and has succeeded with its result", async () => {
    const { jobs, runs } = createJobs();
    const { job, ended } = jobs.start(requestOf("nightly"), once);
    const fields = { backupName: "nightly", method: "rdb", destination, startedAt: expect.any(String) };
    const progress = { phase: "waiting", sentBytes: 0 };
    expect(job).toEqual({ ...fields, phase: "running", progress });

    runs[0]?.onProgress({ phase: "uploading", sentBytes: 3, totalBytes: 5 });
    expect(jobs.get("nightly")).toMatchObject({ phase: "running", progress: { sentBytes: 3 } });

    runs[0]?.succeed();
    const result = resultOf(requestOf("nightly"));
    expect(await ended).toEqual(result);
    expect(jobs.get("nightly")).toEqual({
      ...fields,
      phase: "succeeded",
      progress: { phase: "uploading", sentBytes: 3, totalBytes: 5 },
      finishedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      result,
    });
  });

  it.each([
    [
      "failed with its code",
      new InstanceError("UPLOAD_FAILED", "no bucket"),
      { phase: "failed", error: { code: "UPLOAD_FAILED", message: "no bucket" } },
      ["warn", "backup failed"],
    ],
    [
      "failed without the text of a defect",
      new TypeError("secret"),
      { phase: "failed", error: { code: "INTERNAL", message: internalMessage } },
      ["error", "backup failed"],
    ],
    [
      "cancelled when it was aborted",
      new InstanceError("BACKUP_ABORTED", "aborted"),
      { phase: "cancelled", error: { code: "BACKUP_ABORTED", message: "aborted" } },
      ["info", "backup cancelled"],
    ],
  ])("has %s, which is logged", async (_, error, state, line) => {
    const { jobs, runs, logged } = createJobs();
    const { ended } = jobs.start(requestOf("nightly"), once);
    runs[0]?.fail(error);
    await expect(ended).rejects.toBe(error);
    expect(jobs.get("nightly")).toMatchObject(state);
    expect(logged).toEqual([line]);
  });

  it("tells its destination without user, password and query of the endpoint", () => {
    const { jobs } = createJobs();
    const endpoint = "http://user:hidden@minio:9000/store/?token=hidden";
    const { job } = jobs.start(requestOf("nightly", { destination: { ...destination, endpoint } }), once);
    expect(job.destination).toEqual({ ...destination, endpoint: "http://minio:9000/store" });
  });

  it("is not known before it was started", () => {
    expect(codeOf(() => createJobs().jobs.get("nightly"))).toBe("BACKUP_NOT_FOUND");
    expect(codeOf(() => createJobs().jobs.cancel("nightly"))).toBe("BACKUP_NOT_FOUND");
  });
});

describe("the list of jobs", () => {
  it("has the newest first, each name once", async () => {
    const { jobs, make } = createJobs();
    for (const name of ["a", "b", "c", "a"]) await make(requestOf(name));
    expect(jobs.list().map(({ backupName }) => backupName)).toEqual(["a", "c", "b"]);
  });

  it("keeps the last hundred that have ended beside the one that runs", async () => {
    const { jobs, make } = createJobs();
    for (let number = 0; number < 103; number += 1) await make(requestOf(`b${number}`));
    jobs.start(requestOf("running"), once);
    const names = jobs.list().map(({ backupName }) => backupName);
    expect(names).toHaveLength(101);
    expect([names[0], names[1], names.at(-1)]).toEqual(["running", "b102", "b3"]);
    expect(codeOf(() => jobs.get("b2"))).toBe("BACKUP_NOT_FOUND");
  });
});

describe("starting a backup", () => {
  it("is refused while one runs, with its name, and also for the same one", async () => {
    const { jobs, runs } = createJobs();
    const { ended } = jobs.start(requestOf("first"), once);
    for (const name of ["first", "second"]) {
      expect(() => jobs.start(requestOf(name), once)).toThrow(
        `starting backup ${name} failed: backup first is running`,
      );
      expect(codeOf(() => jobs.start(requestOf(name), { force: true }))).toBe("BACKUP_IN_PROGRESS");
    }
    expect(jobs.list()).toHaveLength(1);
    runs[0]?.succeed();
    await ended;
    expect(jobs.start(requestOf("second"), once).job).toMatchObject({ phase: "running" });
  });

  it("answers one that has succeeded from its job, even while another runs", async () => {
    const { jobs, runs, make } = createJobs();
    await make(requestOf("nightly"));
    jobs.start(requestOf("other"), once);
    const { job, ended } = jobs.start(requestOf("nightly"), once);
    expect(job).toMatchObject({ phase: "succeeded" });
    expect(await ended).toEqual(resultOf(requestOf("nightly")));
    expect(runs).toHaveLength(2);
  });

  it.each<[string, Partial<BackupRequest>, boolean]>([
    ["it is forced", {}, true],
    ["the method is another", { method: "aof" }, false],
    ["the path is another", { destination: { ...destination, path: "other" } }, false],
    ["it is to be kept in another way", { destination: { ...destination, storageClass: "GLACIER" } }, false],
  ])("makes one that has succeeded anew if %s", async (_, fields, force) => {
    const { jobs, runs, make } = createJobs();
    await make(requestOf("nightly"));
    expect(jobs.start(requestOf("nightly", fields), { force }).job).toMatchObject({ phase: "running" });
    expect(runs).toHaveLength(2);
  });

  it.each([new InstanceError("UPLOAD_FAILED", "why"), new InstanceError("BACKUP_ABORTED", "why")])(
    "makes one anew that has not succeeded: %s",
    async (error) => {
      const { jobs, runs } = createJobs();
      const { ended } = jobs.start(requestOf("nightly"), once);
      runs[0]?.fail(error);
      await expect(ended).rejects.toBe(error);
      expect(jobs.start(requestOf("nightly"), once).job).toMatchObject({ phase: "running" });
    },
  );

  it("is refused for a destination that is not allowed, before anything is done", () => {
    const { jobs, runs } = createJobs({ allowedDestinations: parseAllowedDestinations("/other") });
    expect(codeOf(() => jobs.start(requestOf("nightly"), once))).toBe("DESTINATION_NOT_ALLOWED");
    expect(jobs.list()).toEqual([]);
    expect(runs).toEqual([]);
  });
});

describe("cancelling", () => {
  it("ends a running backup, and answers it as it was", async () => {
    const { jobs } = createJobs();
    const { ended } = jobs.start(requestOf("nightly"), once);
    expect(jobs.cancel("nightly")).toMatchObject({ phase: "running" });
    await expect(ended).rejects.toMatchObject({ code: "BACKUP_ABORTED" });
    expect(jobs.get("nightly")).toMatchObject({
      phase: "cancelled",
      error: { message: expect.stringContaining("cancelled by a request") },
    });
  });

  it("leaves one that has ended as it is", async () => {
    const { jobs, make } = createJobs();
    await make(requestOf("nightly"));
    expect(jobs.cancel("nightly")).toMatchObject({ phase: "succeeded" });
    expect(jobs.get("nightly")).toMatchObject({ phase: "succeeded" });
  });

  it.each(["the caller's own signal", "the stop of the manager"])("happens by %s too", async (by) => {
    const controller = new AbortController();
    const { signal } = controller;
    const isStop = by.includes("stop");
    const { jobs } = createJobs(isStop ? { stopSignal: signal } : {});
    const { ended } = jobs.start(requestOf("nightly"), isStop ? once : { ...once, signal });
    controller.abort();
    await expect(ended).rejects.toMatchObject({ code: "BACKUP_ABORTED" });
    await jobs.idle({ timeoutMs: 10_000 });
    expect(jobs.get("nightly")).toMatchObject({ phase: "cancelled" });
  });
});

describe("a prune", () => {
  const { signal } = new AbortController();

  it("is refused while a backup runs, and a backup while it runs", async () => {
    const prune = Promise.withResolvers<PruneResult>();
    const { jobs, runs } = createJobs({ prune: () => prune.promise });
    const { ended } = jobs.start(requestOf("nightly"), once);
    await expect(jobs.prune(pruneRequest, { signal })).rejects.toMatchObject({
      code: "BACKUP_IN_PROGRESS",
      message: "starting a prune of s3://backups/redis failed: backup nightly is running",
    });
    runs[0]?.succeed();
    await ended;

    const pruning = jobs.prune(pruneRequest, { signal });
    expect(() => jobs.start(requestOf("next"), once)).toThrow(
      "starting backup next failed: a prune of s3://backups/redis is running",
    );
    prune.resolve(pruned);
    expect(await pruning).toEqual(pruned);
    expect(jobs.start(requestOf("next"), once).job).toMatchObject({ phase: "running" });
  });

  it.each([
    [true, "succeeded"],
    [false, "BACKUP_NOT_FOUND"],
  ])("with dryRun %s leaves a backup that it names as %s", async (dryRun, outcome) => {
    const gone = {
      backupName: "a",
      objectKey: "redis/a.rdb",
      sizeBytes: 5,
      startedAt: "",
      reason: "beyond-keep-last",
    };
    const { jobs, make } = createJobs({
      prune: () => Promise.resolve({ ...pruned, dryRun, deleted: [{ ...gone, reason: "beyond-keep-last" }] }),
    });
    await make(requestOf("a"));
    await make(requestOf("b"));
    await jobs.prune({ ...pruneRequest, dryRun }, { signal });
    expect(codeOf(() => jobs.get("a").phase)).toBe(outcome);
    expect(jobs.get("b")).toMatchObject({ phase: "succeeded" });
  });

  it("is refused for a destination that is not allowed", async () => {
    const { jobs } = createJobs({ allowedDestinations: parseAllowedDestinations("/other") });
    await expect(jobs.prune(pruneRequest, { signal })).rejects.toMatchObject({
      code: "DESTINATION_NOT_ALLOWED",
    });
  });

  it("ends with the stop of the manager, and lets the next work begin", async () => {
    const stop = new AbortController();
    const { jobs } = createJobs({
      stopSignal: stop.signal,
      prune: (_, options) =>
        new Promise((_resolve, reject) => {
          options.signal.addEventListener("abort", () => reject(new InstanceError("BACKUP_ABORTED", "stop")));
        }),
    });
    const pruning = jobs.prune(pruneRequest, { signal });
    stop.abort();
    await expect(pruning).rejects.toMatchObject({ code: "BACKUP_ABORTED" });
    await expect(jobs.idle({ timeoutMs: 10_000 })).resolves.toBeUndefined();
  });
});
