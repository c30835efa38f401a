import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { getPriority, setPriority } from "node:os";
import { join } from "node:path";
import {
  createTemporaryDirectory,
  startFaultProxy,
  startManager,
  startObjectStore,
  startRedisServer,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { startJobInstance } from "./backups-fixture.ts";

const mebibyte = 1024 * 1024;
const bucket = "backups";

/** A manager in the middle of an upload that has come to a halt, parts of it in the store. */
async function startStalledBackup({ niceness }: { readonly niceness?: number } = {}) {
  await using started = new AsyncDisposableStack();
  const store = started.use(await startObjectStore({ buckets: [bucket] }));
  const proxy = started.use(
    await startFaultProxy({ targetPort: store.port, stallAfterBytes: 20 * mebibyte }),
  );
  const credentials = started.use(await createTemporaryDirectory("credentials"));
  for (const [name, text] of Object.entries(store.credentials)) {
    await writeFile(join(credentials.path, name), text);
  }
  const data = started.use(await createTemporaryDirectory("data"));
  const redis = started.use(await startRedisServer());
  for (let index = 0; index < 40; index += 1) {
    await redis.client.set(`random:${index}`, randomBytes(mebibyte));
  }
  const start = () =>
    startManager({
      app: "instance-manager",
      env: {
        REDIS_SUPERVISE: "false",
        REDIS_PORT: String(redis.port),
        DATA_DIR: data.path,
        BACKUP_CREDENTIALS_DIR: credentials.path,
      },
    });
  const manager = started.use(await start());
  if (niceness !== undefined) setPriority(manager.process.pid, niceness);
  const answer = fetch(`${manager.url}/v1/backup`, {
    method: "POST",
    body: JSON.stringify({
      backupName: "nightly",
      destination: { s3: { bucket, endpoint: `http://127.0.0.1:${proxy.port}` } },
    }),
  }).catch((error: unknown) => error);
  await proxy.stalled;
  expect(await store.isEmpty(bucket)).toBe(false);
  const child = await readOnlyChild(manager.process.pid);
  const running = started.move();
  return { manager, child, store, answer, start, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Has the process of a backup, as soon as it has its task, throw where nobody catches it. */
const throwing = `
  if (process.argv[1]?.endsWith("backup.cjs")) {
    process.once("message", () => setImmediate(() => { throw new Error("unforeseen"); }));
  }`;

async function readOnlyChild(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ");
  expect(children).toHaveLength(1);
  return Number(children[0]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a backup in the middle of its upload", () => {
  it("goes after its manager where the processor is short, whatever that one's niceness", async () => {
    await using stalled = await startStalledBackup();
    expect(getPriority(stalled.child)).toBe(Math.max(4, getPriority(stalled.manager.process.pid)));
    await using nice = await startStalledBackup({ niceness: 10 });
    expect(getPriority(nice.child)).toBe(10);
  });

  it("is cleaned up by its own process when the manager is killed", async () => {
    await using stalled = await startStalledBackup();
    const { manager, child, store } = stalled;
    manager.process.kill("SIGKILL");
    await waitFor(() => !isAlive(child), { what: "the end of the backup's process" });
    expect(await store.isEmpty(bucket)).toBe(true);

    await using next = await stalled.start();
    expect(next.log().filter(({ msg }) => String(msg).includes("killed backup"))).toEqual([]);
  });

  it("is cleaned up and named at the next start when both are killed", async () => {
    await using stalled = await startStalledBackup();
    const { manager, child, store } = stalled;
    process.kill(child, "SIGKILL");
    manager.process.kill("SIGKILL");
    await manager.process.exited;
    expect(await store.isEmpty(bucket)).toBe(false);

    await using next = await stalled.start();
    const removal = await waitFor(
      () => next.log().find(({ msg }) => msg === "removed what a killed backup had left in the store"),
      { what: "the removal" },
    );
    expect(removal).toMatchObject({ level: "warn", bucket, key: "nightly.rdb", uploads: 1, object: false });
    expect(await store.isEmpty(bucket)).toBe(true);
  });

  it("is cleaned up when the manager stops, which waits for it", async () => {
    await using stalled = await startStalledBackup();
    const { manager, child, store } = stalled;
    manager.process.kill("SIGTERM");
    expect(await manager.process.exited).toEqual({ code: 0, signal: null });
    expect(isAlive(child)).toBe(false);
    expect(await store.isEmpty(bucket)).toBe(true);
  });

  it("answers 500 BACKUP_PROCESS_DIED when its process is killed, and nothing is left", async () => {
    await using stalled = await startStalledBackup();
    process.kill(stalled.child, "SIGKILL");
    const response = await stalled.answer;
    if (!(response instanceof Response)) throw new Error("no answer", { cause: response });
    expect([response.status, await response.json()]).toEqual([
      500,
      {
        error: {
          code: "BACKUP_PROCESS_DIED",
          message: "backup nightly failed while uploading: its process was killed by SIGKILL",
          requestId: expect.any(String),
        },
      },
    ]);
    expect(await stalled.store.isEmpty(bucket)).toBe(true);
  });
});

describe("a backup whose process fails in a way that nobody foresaw", () => {
  it("ends at once, without the end of Node, which can wait for a compiler's thread for ever", async () => {
    await using folder = await createTemporaryDirectory("throwing");
    const preload = join(folder.path, "throwing.cjs");
    await writeFile(preload, throwing);
    await using instance = await startJobInstance({ env: { NODE_OPTIONS: `--require ${preload}` } });
    const answer = await instance.send("POST /v1/backup", { body: instance.request() });
    expect(answer).toMatchObject({ status: 500, code: "BACKUP_PROCESS_DIED" });
    expect(instance.log().find(({ msg }) => msg === "a backup process died")).toMatchObject({
      death: "its process was killed by SIGKILL",
      output: expect.stringContaining("Error: unforeseen"),
    });
  });
});

const readBundle = (name: string) => readFile(new URL(`../dist/${name}`, import.meta.url), "utf8");

describe("the bundle of the manager", () => {
  it("holds nothing of the AWS SDK, which is in the bundle of the backup's process", async () => {
    expect(await readBundle("main.cjs")).not.toContain("AmazonS3");
    expect(await readBundle("backup.cjs")).toContain("AmazonS3");
  });
});
