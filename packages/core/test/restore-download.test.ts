import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { startHttpServer } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { metadataSuffix } from "../src/backup/backup-metadata.ts";
import { createRestores, describeBackup } from "./restore-fixture.ts";

const key = "nightly.rdb";
const mebibyte = 1024 * 1024;
// No snapshot: what Redis' check says of it is not the matter here.
const backup = { artifactType: "rdb", content: randomBytes(4 * mebibyte), keyCounts: {} } as const;

/** One answer of a store to a request for the object. */
type Answer = (response: ServerResponse, content: Buffer) => void;

const good: Answer = (response, content) => void response.end(content);
const cutAfter =
  (sizeBytes: number): Answer =>
  (response, content) =>
    void response.write(content.subarray(0, sizeBytes), () => response.destroy());
const stallAfter =
  (sizeBytes: number): Answer =>
  (response, content) =>
    void response.write(content.subarray(0, sizeBytes));
const short: Answer = (response) => void response.setHeader("content-length", 5).end("short");
/** Never silent for long, and never done. */
const trickle: Answer = (response, content) => {
  let sentBytes = 0;
  const timer = setInterval(() => response.write(content.subarray(sentBytes, (sentBytes += 1))), 20);
  response.once("close", () => clearInterval(timer));
};
const unavailable: Answer = (response) => void response.writeHead(503).end();

/** A store that answers requests for the object as a test has it, one after the other, the last one again and again. */
async function startStore(answers: readonly Answer[], options: { readonly knowsRanges?: boolean } = {}) {
  const { knowsRanges = true } = options;
  const offsets: number[] = [];
  const server = await startHttpServer((request, response) => {
    if (request.url?.includes(metadataSuffix) === true) {
      response.end(describeBackup(key, backup));
      return;
    }
    const offset = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const answer = answers[offsets.length] ?? answers.at(-1) ?? good;
    offsets.push(offset);
    const total = backup.content.length;
    const isPartial = offset > 0 && knowsRanges;
    const content = isPartial ? backup.content.subarray(offset) : backup.content;
    response.statusCode = isPartial ? 206 : 200;
    if (isPartial) response.setHeader("content-range", `bytes ${offset}-${total - 1}/${total}`);
    response.setHeader("content-length", content.length);
    answer(response, content);
  });
  const restores = await createRestores({ endpoint: `http://127.0.0.1:${server.port}` });
  return {
    /** Where each request for the object began. */
    offsets,
    lines: restores.lines,
    dataDir: restores.dataDir,
    restore: (deps: Parameters<typeof restores.restore>[1] = {}) =>
      restores.restore(key, {
        request: { isAppendOnly: false },
        deps: {
          redisBinary: "/nowhere/redis-server",
          patience: { connectTimeoutMs: 2_000, idleTimeoutMs: 1_000, maxAttempts: 1 },
          ...deps.deps,
        },
      }),
    async [Symbol.asyncDispose]() {
      await server.stop();
      await restores[Symbol.asyncDispose]();
    },
  };
}

describe("a download", () => {
  it.each([
    ["a connection that breaks", [cutAfter(mebibyte), good], true],
    ["a store that goes silent", [stallAfter(mebibyte), good], true],
    ["a store that is unavailable in between", [cutAfter(mebibyte), unavailable, good], true],
    [
      "a connection that breaks again and again",
      [1, 1, 1, 1, 1, 1].map(() => cutAfter(mebibyte / 2)).concat(good),
      true,
    ],
    ["a store that knows no ranges", [cutAfter(mebibyte), good], false],
    ["a store that is unavailable at first", [unavailable, good], true],
  ] as const)("survives %s", async (_what, answers, knowsRanges) => {
    await using store = await startStore(answers, { knowsRanges });
    await store.restore();
    expect(await readFile(join(store.dataDir, "dump.rdb"))).toEqual(backup.content);
  });

  it("goes on where it stopped, and says so", async () => {
    await using store = await startStore([cutAfter(mebibyte), good]);
    await store.restore();
    const [, receivedBytes] = store.offsets;
    expect(receivedBytes).toBeGreaterThan(0);
    expect(store.lines).toContainEqual({
      level: "warn",
      fields: { receivedBytes, sizeBytes: backup.content.length, reason: expect.any(String) },
      message: "the download broke off and goes on where it stopped",
    });
  });

  it("does not repeat what the store refuses", async () => {
    await using store = await startStore([(response) => void response.writeHead(403).end()]);
    await expect(store.restore()).rejects.toMatchObject({
      code: "RESTORE_DOWNLOAD_FAILED",
      message: expect.stringContaining("HTTP 403"),
    });
    expect(store.offsets).toEqual([0]);
  });

  it.each([
    ["trickles", trickle],
    ["breaks after each byte", cutAfter(1)],
  ])("that %s ends when its time is up", async (_what, answer) => {
    await using store = await startStore([answer]);
    await expect(store.restore({ deps: { downloadTimeoutMs: 1_500 } })).rejects.toMatchObject({
      code: "RESTORE_DOWNLOAD_FAILED",
      message: expect.stringMatching(
        /^reading s3:\/\/backups\/nightly.rdb from .* failed: not finished within 1500 ms$/,
      ),
    });
    expect(await readdir(store.dataDir)).toEqual([]);
  });

  it("is refused before it begins when the object's size is not the one of the metadata", async () => {
    await using store = await startStore([short]);
    await expect(store.restore()).rejects.toMatchObject({
      code: "RESTORE_ARTIFACT_INVALID",
      message: `the backup's object has 5 bytes, its metadata says ${backup.content.length}`,
    });
  });

  it("ends at once when it is aborted, and leaves nothing", async () => {
    const controller = new AbortController();
    const answer: Answer = (response, content) =>
      void response.write(content.subarray(0, mebibyte), () =>
        controller.abort(new Error("received SIGTERM")),
      );
    await using store = await startStore([answer]);
    const patience = { connectTimeoutMs: 2_000, idleTimeoutMs: 60_000, maxAttempts: 1 };
    await expect(store.restore({ deps: { signal: controller.signal, patience } })).rejects.toMatchObject({
      code: "RESTORE_ABORTED",
      message: "restoring s3://backups/nightly.rdb was aborted: received SIGTERM",
    });
    expect(await readdir(store.dataDir)).toEqual([]);
  });
});
