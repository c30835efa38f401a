import { createInstanceClient } from "@redis-operator/client";
import { backupResultSchema } from "@redis-operator/client/contract";
import { waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import {
  becomesSaving,
  bucket,
  countSaves,
  hasEnded,
  jobOf,
  respondAsync,
  startJobInstance,
  startSlowlySaving,
} from "./backups-fixture.ts";

describe("a backup whose caller prefers to be answered at once", () => {
  it("is answered 202 with its job and where to ask for it, and succeeds like any other", async () => {
    await using instance = await startSlowlySaving();
    const request = instance.request();
    const accepted = await instance.send("POST /v1/backup", { body: request, headers: respondAsync });
    expect(accepted.status).toBe(202);
    expect(accepted.headers.get("location")).toBe("/v1/backups/nightly");
    expect(accepted.headers.get("preference-applied")).toBe("respond-async");
    expect(jobOf(accepted)).toEqual({
      backupName: "nightly",
      method: "rdb",
      destination: {
        s3: { bucket, path: "", endpoint: instance.store.endpoint, region: "us-east-1" },
      },
      phase: "running",
      progress: { phase: "waiting", sentBytes: 0 },
      startedAt: expect.any(String),
    });

    await waitFor(
      async () => jobOf(await instance.send("GET /v1/backups/nightly")).progress.phase === "saving",
      { what: "the progress to say that Redis saves" },
    );
    const job = await hasEnded(instance, "nightly");
    expect(job).toMatchObject({ phase: "succeeded", finishedAt: expect.any(String) });
    const repeated = await instance.send("POST /v1/backup", { body: request });
    expect(repeated.status).toBe(200);
    expect(job).toHaveProperty("result", repeated.json);
    expect(backupResultSchema.parse(repeated.json)).toEqual(repeated.json);
  });

  it("fails with the code that it would have been answered with", async () => {
    await using instance = await startJobInstance();
    const request = instance.request({}, { bucket: "missing" });
    const refused = await instance.send("POST /v1/backup", { body: request });
    await instance.send("POST /v1/backup", { body: request, headers: respondAsync });
    const job = await hasEnded(instance, "nightly");
    expect(job).toMatchObject({ phase: "failed", error: { code: "UPLOAD_FAILED" } });
    expect(refused).toMatchObject({ status: 500, code: "UPLOAD_FAILED" });
  });

  it("is cancelled by SIGTERM, and leaves nothing behind", async () => {
    await using instance = await startSlowlySaving();
    await instance.send("POST /v1/backup", { body: instance.request(), headers: respondAsync });
    await becomesSaving(instance);
    instance.process.kill("SIGTERM");
    expect(await instance.process.exited).toEqual({ code: 0, signal: null });
    expect(instance.log()).toContainEqual(expect.objectContaining({ msg: "backup cancelled" }));
    expect(await instance.store.isEmpty(bucket)).toBe(true);
  });
});

describe("a backup that was made before", () => {
  it("is answered without being made again, unless forced or asked for in another way", async () => {
    await using instance = await startJobInstance({ directives: { appendonly: "yes" } });
    const first = await instance.send("POST /v1/backup", { body: instance.request() });
    for (const headers of [{}, respondAsync]) {
      const again = await instance.send("POST /v1/backup", { body: instance.request(), headers });
      expect([again.status, again.json]).toEqual([200, first.json]);
      expect(again.headers.get("preference-applied")).toBeNull();
    }
    expect(await countSaves(instance)).toBe(1);

    await instance.redis.client.set("later", "value");
    const forced = await instance.send("POST /v1/backup?force=true", { body: instance.request() });
    expect(forced.status).toBe(200);
    expect(forced.json).not.toEqual(first.json);
    await instance.send("POST /v1/backup", { body: instance.request({}, { path: "elsewhere" }) });
    expect(await countSaves(instance)).toBe(3);
    const aof = await instance.send("POST /v1/backup", { body: instance.request({ method: "aof" }) });
    expect(aof.json).toMatchObject({ artifactType: "aof-archive" });
  });

  it("is made again after it failed", async () => {
    await using instance = await startJobInstance();
    const body = instance.request({ method: "aof" });
    expect(await instance.send("POST /v1/backup", { body })).toMatchObject({ status: 500 });
    await instance.redis.client.config("SET", "appendonly", "yes");
    expect(await instance.send("POST /v1/backup", { body })).toMatchObject({ status: 200 });
  });
});

describe("while a backup runs", () => {
  it.each([{}, respondAsync])(
    "another one is refused with its name, and so is a prune: %j",
    async (headers) => {
      await using instance = await startSlowlySaving();
      const body = instance.request();
      await instance.send("POST /v1/backup", { body, headers: respondAsync });
      for (const backupName of ["nightly", "other"]) {
        const refused = await instance.send("POST /v1/backup?force=true", {
          body: instance.request({ backupName }),
          headers,
        });
        expect(refused).toMatchObject({ status: 409, code: "BACKUP_IN_PROGRESS" });
        expect(JSON.stringify(refused.json)).toContain("backup nightly is running");
      }
      const prune = await instance.send("POST /v1/backups/prune", {
        body: instance.request({ keepLast: 1 }),
      });
      expect(prune).toMatchObject({ status: 409, code: "BACKUP_IN_PROGRESS" });
      expect(await hasEnded(instance, "nightly")).toMatchObject({ phase: "succeeded" });
    },
  );

  it("DELETE cancels it, and leaves nothing behind; one that has ended stays as it is", async () => {
    await using instance = await startSlowlySaving();
    await instance.send("POST /v1/backup", { body: instance.request(), headers: respondAsync });
    await becomesSaving(instance);
    await instance.redis.client.config("SET", "rdb-key-save-delay", "0");
    const cancelled = await instance.send("DELETE /v1/backups/nightly");
    expect(cancelled).toMatchObject({ status: 202, json: { phase: "running" } });
    const job = await hasEnded(instance, "nightly");
    expect(job).toMatchObject({ phase: "cancelled", error: { code: "BACKUP_ABORTED" } });
    const again = await instance.send("DELETE /v1/backups/nightly");
    expect([again.status, again.json]).toEqual([200, job]);
    expect(await instance.store.isEmpty(bucket)).toBe(true);
    expect(await instance.send("POST /v1/backup", { body: instance.request() })).toMatchObject({
      status: 200,
    });
  });

  it("DELETE ends the request that waits for it with 500 BACKUP_ABORTED", async () => {
    await using instance = await startSlowlySaving();
    const waiting = instance.send("POST /v1/backup", { body: instance.request() });
    await becomesSaving(instance);
    await instance.send("DELETE /v1/backups/nightly");
    expect(await waiting).toMatchObject({ status: 500, code: "BACKUP_ABORTED" });
  });

  it("a caller that waits for it and goes away cancels it", async () => {
    await using instance = await startSlowlySaving();
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = instance
      .send("POST /v1/backup", { body: instance.request(), signal })
      .catch((error: unknown) => error);
    await becomesSaving(instance);
    controller.abort();
    await waiting;
    expect(await hasEnded(instance, "nightly")).toMatchObject({ phase: "cancelled" });
    expect(await instance.store.isEmpty(bucket)).toBe(true);
  });
});

describe("the SDK", () => {
  it("makes a backup, tells how far it is, and finds it again", async () => {
    await using instance = await startSlowlySaving();
    const client = createInstanceClient({ host: "127.0.0.1", port: instance.port });
    const request = {
      backupName: "nightly",
      destination: { s3: { bucket, endpoint: instance.store.endpoint } },
    };
    const phases = new Set<string>();
    const result = await client.backup(request, { onProgress: ({ phase }) => void phases.add(phase) });
    expect(phases).toContain("saving");
    expect(await client.backups.get("nightly")).toMatchObject({ phase: "succeeded", result });
    expect(await client.backups.list()).toHaveLength(1);
    expect(await client.backup(request)).toEqual(result);
  });

  it("cancels a backup whose caller gives up", async () => {
    await using instance = await startSlowlySaving();
    const client = createInstanceClient({ host: "127.0.0.1", port: instance.port });
    const controller = new AbortController();
    const backup = client.backup(
      { backupName: "nightly", destination: { s3: { bucket, endpoint: instance.store.endpoint } } },
      {
        signal: controller.signal,
        onProgress: ({ phase }) => {
          if (phase === "saving") controller.abort();
        },
      },
    );
    await expect(backup).rejects.toMatchObject({ code: "CALL_ABORTED" });
    expect(await hasEnded(instance, "nightly")).toMatchObject({ phase: "cancelled" });
    expect(await instance.store.isEmpty(bucket)).toBe(true);
  });
});
