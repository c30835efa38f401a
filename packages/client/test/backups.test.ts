import type { RequestListener } from "node:http";
import { describe, expect, it } from "vitest";
import { createInstanceClient } from "../src/index.ts";
import { replyWith, startStubManager } from "./stub-manager.ts";

const request = { backupName: "nightly", destination: { s3: { bucket: "b" } } };
const startedAt = "2026-11-22T00:00:00.000Z";
const finishedAt = "2026-11-22T00:00:09.000Z";

const result = {
  artifactType: "rdb",
  backupPath: "s3://b/nightly.rdb",
  objectKey: "nightly.rdb",
  backupSize: 5,
  checksumSHA256: "0".repeat(64),
};

const job = {
  backupName: "nightly",
  method: "rdb",
  destination: { s3: { bucket: "b", path: "", region: "us-east-1" } },
  startedAt,
};

function running(sentBytes = 0) {
  return { ...job, phase: "running", progress: { phase: "uploading", sentBytes } };
}

const progress = { phase: "confirming", sentBytes: 5, totalBytes: 5, percent: 100 };
const succeeded = { ...job, phase: "succeeded", progress, finishedAt, result };
const error = { code: "UPLOAD_FAILED", message: "uploading s3://b/nightly.rdb\nfailed: NoSuchBucket" };
const failed = { ...job, phase: "failed", progress, finishedAt, error };

/** A manager that accepts a backup and answers what it is asked from then on in turn, the last answer for good. */
function acceptThen(...answers: readonly RequestListener[]): RequestListener {
  let asked = 0;
  return (incoming, response) => {
    if (incoming.method === "POST") return replyWith(202, running())(incoming, response);
    if (incoming.method === "DELETE") return replyWith(202, running())(incoming, response);
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    return answer?.(incoming, response);
  };
}

const lose: RequestListener = (_, response) => response.destroy();

describe("backup of a manager that answers at once", () => {
  it("asks it to do so, and then how far it is until it has ended", async () => {
    await using manager = await startStubManager(
      acceptThen(replyWith(200, running(2)), replyWith(200, succeeded)),
    );
    expect(await createInstanceClient(manager).backup(request)).toEqual(result);
    expect(manager.requests).toMatchObject([
      {
        method: "POST",
        url: "/v1/backup",
        headers: { prefer: "respond-async" },
        body: JSON.stringify(request),
      },
      { method: "GET", url: "/v1/backups/nightly" },
      { method: "GET", url: "/v1/backups/nightly" },
    ]);
  });

  it("tells how far it is, the end included", async () => {
    const told: unknown[] = [];
    await using manager = await startStubManager(
      acceptThen(replyWith(200, running(2)), replyWith(200, succeeded)),
    );
    await createInstanceClient(manager).backup(request, {
      onProgress: (latest) => void told.push(latest),
    });
    expect(told).toEqual([running(0).progress, running(2).progress, progress]);
  });

  it("forces it when told so", async () => {
    await using manager = await startStubManager(acceptThen(replyWith(200, succeeded)));
    await createInstanceClient(manager).backup(request, { force: true });
    expect(manager.requests[0]).toMatchObject({ url: "/v1/backup?force=true" });
  });

  it("takes the result of a backup that was made before", async () => {
    await using manager = await startStubManager(replyWith(200, result));
    expect(await createInstanceClient(manager).backup(request)).toEqual(result);
    expect(manager.requests).toHaveLength(1);
  });

  it.each([
    ["is known not to pass", "UPLOAD_FAILED", false],
    ["may pass", "REDIS_LOADING", true],
    ["is from a newer manager", "FROM_THE_FUTURE", false],
  ])("fails with the code, the reason and whether it %s", async (_, code, isTransient) => {
    const ended = { ...failed, error: { ...error, code } };
    await using manager = await startStubManager(acceptThen(replyWith(200, ended)));
    const reason = "uploading s3://b/nightly.rdb failed: NoSuchBucket";
    const target = `http://127.0.0.1:${manager.port}/v1/backup`;
    await expect(createInstanceClient(manager).backup(request)).rejects.toMatchObject({
      name: "BackupFailedError",
      code,
      reason,
      isTransient,
      status: undefined,
      target,
      message: `POST ${target} was accepted, but the backup failed with ${code}: ${reason}`,
    });
  });

  it("fails when somebody else cancels it", async () => {
    const cancelled = {
      ...failed,
      phase: "cancelled",
      error: { code: "BACKUP_ABORTED", message: "cancelled" },
    };
    await using manager = await startStubManager(acceptThen(replyWith(200, cancelled)));
    await expect(createInstanceClient(manager).backup(request)).rejects.toMatchObject({
      name: "BackupFailedError",
      code: "BACKUP_ABORTED",
    });
  });

  it("goes on when an answer is lost on its way", async () => {
    await using manager = await startStubManager(
      acceptThen(lose, replyWith(502, "bad gateway"), replyWith(200, succeeded)),
    );
    expect(await createInstanceClient(manager).backup(request)).toEqual(result);
  });

  it("is refused as the manager refuses it", async () => {
    const body = { error: { code: "BACKUP_IN_PROGRESS", message: "backup other is running" } };
    await using manager = await startStubManager(replyWith(409, body));
    await expect(createInstanceClient(manager).backup(request)).rejects.toMatchObject({
      name: "ManagerRefusedError",
      code: "BACKUP_IN_PROGRESS",
    });
    expect(manager.requests).toHaveLength(1);
  });
});

describe("backup that ends early", () => {
  const lastRequest = { method: "DELETE", url: "/v1/backups/nightly" };

  it("is cancelled when its caller aborts", async () => {
    const controller = new AbortController();
    const reason = new Error("shutting down");
    await using manager = await startStubManager(acceptThen(replyWith(200, running(2))));
    const onProgress = ({ sentBytes }: { sentBytes: number }) => sentBytes > 0 && controller.abort(reason);
    const backup = createInstanceClient(manager).backup(request, { signal: controller.signal, onProgress });
    await expect(backup).rejects.toMatchObject({ code: "CALL_ABORTED", cause: reason });
    expect(manager.requests.at(-1)).toMatchObject(lastRequest);
  });

  it("is cancelled when its time is over", async () => {
    await using manager = await startStubManager(acceptThen(replyWith(200, running(2))));
    const backup = createInstanceClient(manager).backup(request, { timeoutMs: 1_000 });
    await expect(backup).rejects.toMatchObject({
      code: "MANAGER_TIMED_OUT",
      message: expect.stringMatching(/^POST .*\/v1\/backup got no complete answer within 1000 ms$/),
    });
    expect(manager.requests.at(-1)).toMatchObject(lastRequest);
  });

  it("is cancelled when the one who is told of it throws", async () => {
    const thrown = new Error("no terminal");
    await using manager = await startStubManager(acceptThen(replyWith(200, running(2))));
    const onProgress = () => {
      throw thrown;
    };
    await expect(createInstanceClient(manager).backup(request, { onProgress })).rejects.toBe(thrown);
    expect(manager.requests.at(-1)).toMatchObject(lastRequest);
  });

  it("fails when the manager knows of it no more, as after a restart", async () => {
    const body = { error: { code: "BACKUP_NOT_FOUND", message: "no backup nightly" } };
    await using manager = await startStubManager(acceptThen(replyWith(404, body)));
    await expect(createInstanceClient(manager).backup(request)).rejects.toMatchObject({
      code: "BACKUP_NOT_FOUND",
    });
  });

  it("is not cancelled while the manager has not accepted it, which may be making somebody else's", async () => {
    const controller = new AbortController();
    await using manager = await startStubManager(() => controller.abort());
    await expect(createInstanceClient(manager).backup(request, controller)).rejects.toMatchObject({
      code: "CALL_ABORTED",
    });
    expect(manager.requests.map(({ method }) => method)).toEqual(["POST"]);
  });

  it("tells why it ended even if it can't be cancelled", async () => {
    const controller = new AbortController();
    await using manager = await startStubManager((incoming, response) => {
      if (incoming.method !== "POST") return controller.abort();
      return replyWith(202, running())(incoming, response);
    });
    await expect(createInstanceClient(manager).backup(request, controller)).rejects.toMatchObject({
      code: "CALL_ABORTED",
    });
  });
});

describe("backups", () => {
  it("lists what the manager knows", async () => {
    await using manager = await startStubManager(replyWith(200, { backups: [running(), succeeded, failed] }));
    expect(await createInstanceClient(manager).backups.list()).toEqual([running(), succeeded, failed]);
    expect(manager.requests).toMatchObject([{ method: "GET", url: "/v1/backups" }]);
  });

  it("gets one", async () => {
    await using manager = await startStubManager(replyWith(200, succeeded));
    expect(await createInstanceClient(manager).backups.get("nightly")).toEqual(succeeded);
    expect(manager.requests).toMatchObject([{ method: "GET", url: "/v1/backups/nightly" }]);
  });

  it.each([
    [202, running()],
    [200, succeeded],
  ])("cancels one, answered with %i", async (status, answered) => {
    await using manager = await startStubManager(replyWith(status, answered));
    expect(await createInstanceClient(manager).backups.cancel("nightly")).toEqual(answered);
    expect(manager.requests).toMatchObject([{ method: "DELETE", url: "/v1/backups/nightly" }]);
  });

  it.each(["", ".", "..", "a/b", "prune?x", "Nightly"])("sends nothing for the name %j", async (name) => {
    await using manager = await startStubManager(replyWith(200, succeeded));
    const { backups } = createInstanceClient(manager);
    await expect(backups.get(name)).rejects.toThrow(TypeError);
    await expect(backups.cancel(name)).rejects.toThrow(TypeError);
    expect(manager.requests).toEqual([]);
  });

  it("prunes, and tells what was found", async () => {
    const stored = { backupName: "nightly", objectKey: "nightly.rdb", backupSize: 5, startedAt };
    const pruned = {
      dryRun: true,
      kept: [{ ...stored, reason: "newest" }],
      deleted: [],
      skipped: [{ key: "other.rdb", reason: "no-metadata" }],
    };
    await using manager = await startStubManager(replyWith(200, pruned));
    const prune = { destination: request.destination, keepLast: 7, keepFor: "30d" };
    expect(await createInstanceClient(manager).backups.prune(prune)).toEqual(pruned);
    expect(manager.requests).toMatchObject([
      { method: "POST", url: "/v1/backups/prune", body: JSON.stringify(prune) },
    ]);
  });

  it("reads a phase that it doesn't know as no reply of the contract", async () => {
    await using manager = await startStubManager(replyWith(200, { ...succeeded, phase: "archived" }));
    await expect(createInstanceClient(manager).backups.get("nightly")).rejects.toMatchObject({
      code: "REPLY_NOT_UNDERSTOOD",
    });
  });
});
