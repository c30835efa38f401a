import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createTemporaryDirectory, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { bucket, measure, startBackupInstance } from "./backup-fixture.ts";
import { share } from "./instance.ts";

const hasGo = spawnSync("go", ["version"]).status === 0;
const source = fileURLToPath(new URL("go-operator/main.go", import.meta.url));
const run = promisify(execFile);

/** Builds the operator and returns how to run it. */
async function buildOperator() {
  const folder = await createTemporaryDirectory("go-operator");
  const binary = join(folder.path, "operator");
  const env = {
    PATH: process.env["PATH"],
    HOME: folder.path,
    GOCACHE: join(folder.path, "cache"),
    GO111MODULE: "off",
  };
  await run("go", ["build", "-o", binary, source], { env });
  return {
    ...folder,
    /** Runs one command and returns the line that it printed. @throws with its stderr if it failed */
    async run(manager: { readonly url: string }, ...args: readonly string[]): Promise<unknown> {
      const { stdout } = await run(binary, [manager.url, ...args]);
      return JSON.parse(stdout);
    },
  };
}

describe.skipIf(!hasGo)("an operator in Go that knows nothing of this project", () => {
  const operator = share(buildOperator);
  const instance = share(() => startBackupInstance());
  const primaryStatus = { role: "master", replicationOffset: 0, connectedReplicas: 0, connected: true };

  it("reads the status of a primary, without a link", async () => {
    expect(await operator().run(instance(), "status")).toEqual(primaryStatus);
  });

  it("demotes, reads the status of the replica, and promotes it", async () => {
    await using primary = await startRedisServer();
    await primary.client.set("key", "value");
    expect(await operator().run(instance(), "demote", "127.0.0.1", String(primary.port))).toBe(true);
    await waitFor(async () => (await instance().redis.client.get("key")) === "value", {
      what: "the first sync",
    });
    expect(await operator().run(instance(), "status")).toEqual({
      role: "slave",
      replicationOffset: expect.any(Number),
      connectedReplicas: 0,
      masterLinkStatus: "up",
      connected: true,
    });
    expect(await operator().run(instance(), "promote")).toBe(true);
    expect(await operator().run(instance(), "promote")).toBe(true);
    expect(await operator().run(instance(), "status")).toMatchObject({ role: "master" });
  });

  it.each([
    ["rdb", "rdb", ".rdb"],
    ["aof", "aof-archive", ".aof.tar.gz"],
    ["", "rdb", ".rdb"],
  ])("backs up by %j with empty strings for what it doesn't set", async (method, artifactType, extension) => {
    const { store } = instance();
    const name = `go-${method}0`;
    const objectKey = `${name}${extension}`;
    const result = await operator().run(instance(), "backup", name, method, bucket, store.endpoint);
    expect(result).toEqual({
      artifactType,
      objectKey,
      backupPath: `s3://${bucket}/${objectKey}`,
      ...measure(await store.readObject(bucket, objectKey)),
    });
  });

  it("keeps a failure whole: its body is shorter than what it reads of one", async () => {
    const backUp = operator().run(
      instance(),
      "backup",
      "b",
      "rdb",
      "no-such-bucket",
      instance().store.endpoint,
    );
    const error: unknown = await backUp.catch((reason: unknown) => reason);
    const stderr = String(error instanceof Error && "stderr" in error && error.stderr).trim();
    const body = /^POST \/v1\/backup: status 500: (\{.*\})$/.exec(stderr)?.[1] ?? "";
    expect(JSON.parse(body)).toMatchObject({ error: { code: "UPLOAD_FAILED" } });
  });
});
