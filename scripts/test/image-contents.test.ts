import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInstanceClient, createSentinelClient } from "@redis-operator/client";
import { environmentSchema as instanceEnvironment } from "@redis-operator/instance-manager/environment";
import { environmentSchema as sentinelEnvironment } from "@redis-operator/sentinel-manager/environment";
import {
  freePort,
  nodeEnvironment,
  nodeFlags,
  type RunningProcess,
  startObjectStore,
  waitFor,
} from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createPodFolders, imageUser } from "../images/pod-folders.ts";
import { describeImage, hasTini, layOutImage } from "./laid-out-image.ts";

const bucket = "backups";

describe.each([
  ["instance", instanceEnvironment],
  ["sentinel", sentinelEnvironment],
] as const)("Dockerfile.%s", (name, schema) => {
  it("names the ports, the user, the volume and the signal of the contract", async () => {
    const image = await describeImage(name);
    const { HTTP_PORT, REDIS_PORT, DATA_DIR, REDIS_BINARY } = schema.parse({});
    const { ports, user, volume, stopSignal, env } = image;
    expect({ ports, user, volume, stopSignal, env }).toEqual({
      ports: [REDIS_PORT, HTTP_PORT],
      user: `${imageUser}:${imageUser}`,
      volume: DATA_DIR,
      stopSignal: "SIGTERM",
      env: { REDIS_BINARY, HOME: image.workdir, ...nodeEnvironment },
    });
  });

  it.skipIf(!hasTini)("holds the licence of every package in its bundle", async () => {
    await using laidOut = await layOutImage(name);
    const packages = join(laidOut.path, "app/dist/packages");
    const found = await readdir(packages, { recursive: true });
    const hasManifest = (named: string) =>
      found.some((path) => path.startsWith(named) && path.endsWith("/package.json"));
    expect(["ioredis@", "hono@", "zod@"].filter((named) => !hasManifest(named))).toEqual([]);
    expect(found.filter((path) => /licen[cs]e/i.test(path)).length).toBeGreaterThan(10);
  });

  it("starts the manager under tini, and no shell", async () => {
    const { entrypoint, command } = await describeImage(name);
    expect(entrypoint).toEqual(["tini", "--", "node", ...nodeFlags, "dist/main.cjs"]);
    expect(command).toEqual([]);
  });
});

describe.skipIf(!hasTini)("what Dockerfile.instance copies, started as it says", () => {
  it("starts redis-server, backs up, ends on SIGTERM and needs no other file", async () => {
    await using store = await startObjectStore({ buckets: [bucket] });
    await using folders = await createPodFolders(store.credentials);
    await using laidOut = await layOutImage("instance");
    const port = await freePort();
    await using manager = await laidOut.start({
      HTTP_PORT: String(port),
      REDIS_PORT: String(await freePort()),
      DATA_DIR: folders.data,
      BACKUP_CREDENTIALS_DIR: folders.credentials,
    });
    const client = createInstanceClient({ host: "127.0.0.1", port });
    await becomesReady(client, manager);

    const { endpoint } = store;
    for (const method of ["rdb", "aof"] as const) {
      const { objectKey, checksumSHA256 } = await client.backup({
        backupName: `image-${method}`,
        method,
        destination: { s3: { bucket, endpoint } },
      });
      const bytes = await store.readObject(bucket, objectKey);
      expect(checksumSHA256).toBe(createHash("sha256").update(bytes).digest("hex"));
    }
    expect((await manager.stop()).code).toBe(0);
  });

  it("knows the command that restores", async () => {
    await using laidOut = await layOutImage("instance");
    await using restore = await laidOut.start({}, ["restore", "--help"]);
    expect(await restore.exited).toEqual({ code: 0, signal: null });
    expect(restore.output()).toContain("--from");
  });
});

describe.skipIf(!hasTini)("what Dockerfile.sentinel copies, started as it says", () => {
  it("starts redis-sentinel, ends on SIGTERM and needs no other file", async () => {
    await using folders = await createPodFolders(undefined);
    await using laidOut = await layOutImage("sentinel");
    const port = await freePort();
    await using manager = await laidOut.start({
      HTTP_PORT: String(port),
      REDIS_PORT: String(await freePort()),
      DATA_DIR: folders.data,
    });
    await becomesReady(createSentinelClient({ host: "127.0.0.1", port }), manager);
    expect((await manager.stop()).code).toBe(0);
  });
});

it("builds on the Node that the tests run on", async () => {
  const bases: unknown = JSON.parse(await readFile(new URL("../images/bases.json", import.meta.url), "utf8"));
  expect(bases).toMatchObject({ NODE_IMAGE: expect.stringContaining(`node:${process.versions.node}-`) });
});

async function becomesReady(
  client: { readyz(): Promise<{ readonly ok: boolean }> },
  manager: RunningProcess,
): Promise<void> {
  await waitFor(
    async () => {
      if (manager.hasExited()) throw new Error(`ended at start:\n${manager.output()}`);
      return (await client.readyz()).ok;
    },
    { what: "the manager to be ready" },
  );
}
