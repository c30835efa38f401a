import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createInstanceClient, createSentinelClient } from "@redis-operator/client";
import { startObjectStore, waitFor } from "@redis-operator/testbed";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { type Container, inspectImage, startContainer } from "./container.ts";
import { createPodFolders, imageUser } from "./pod-folders.ts";

const host = "127.0.0.1";
// terminationGracePeriodSeconds of docs/pods.md.
const grace = { instance: 80, sentinel: 15 };

describe.each(["redis", "valkey"] as const)("on %s,", (server) => {
  describe.each(["instance", "sentinel"] as const)("the %s image", (app) => {
    const binary = `${server}-${app === "instance" ? "server" : "sentinel"}`;

    it("is labelled, and starts nothing of its base's", () => {
      const image = `localhost/${app}-${server}`;
      const label = (name: string) =>
        inspectImage(image, `{{index .Config.Labels "org.opencontainers.image.${name}"}}`);
      expect(["title", "licenses", "version"].map(label)).toEqual([
        `redis-${app}-manager`,
        "Apache-2.0",
        "0.0.0-test",
      ]);
      expect(inspectImage(image, "{{json .Config.Cmd}}")).toMatch(/^(null|\[\])$/);
    });

    it("runs as 999 under tini, without a capability, on a root that it can't write to", async () => {
      await using container = await startContainer(app, server);
      const { pid } = container;
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      expect(status).toMatch(/^Name:\s+tini$/m);
      expect(status).toMatch(new RegExp(`^Uid:(\\s+${imageUser}){4}$`, "m"));
      expect(status).toMatch(new RegExp(`^Gid:(\\s+${imageUser}){4}$`, "m"));
      for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"]) {
        expect(status).toMatch(new RegExp(`^Cap${set}:\\s+0+$`, "m"));
      }
      expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
      expect(readFileSync(`/proc/${pid}/mountinfo`, "utf8")).toMatch(/ \/ \/ ro,/);
      const names = container.processes().map(({ name }) => name);
      expect(names).toContain(binary);
    });

    it("runs as a user that it doesn't know, of the group 0, as OpenShift has it", async () => {
      await using folders = await createPodFolders(undefined, { group: 0 });
      await using container = await startContainer(app, server, { folders, user: "1000680000:0" });
      expect(readFileSync(`/proc/${container.pid}/status`, "utf8")).toMatch(/^Uid:(\s+1000680000){4}$/m);
      expect(await container.stop({ graceSeconds: grace[app] })).toBe(0);
    });

    it("holds the bundle that the tests run, byte for byte", async () => {
      const built = fileURLToPath(new URL(`../../apps/${app}-manager/dist`, import.meta.url));
      const bundles = (await readdir(built)).filter((file) => file.endsWith(".cjs"));
      const hashes = await Promise.all(
        bundles.map(async (file) => sha256(await readFile(join(built, file)))),
      );
      await using container = await startContainer(app, server);
      const printed = container.exec(["sha256sum", ...bundles.map((file) => `dist/${file}`)]);
      expect(printed.split("\n").map((line) => line.split(" ", 1)[0])).toEqual(hashes);
    });

    it("holds nothing of the time at which it was built", async () => {
      await using container = await startContainer(app, server);
      const times = container
        .exec(["find", "/app/dist", "-type", "f", "-printf", "%T@\n"])
        .split("\n")
        .map(Number);
      expect(new Set(times)).toEqual(new Set([0]));
    });

    it("ends on SIGTERM within its grace period", async () => {
      await using container = await startContainer(app, server);
      expect(await container.stop({ graceSeconds: grace[app] })).toBe(0);
    });

    it("reaps what was left to PID 1", async () => {
      await using container = await startContainer(app, server);
      container.exec(["sh", "-c", "sleep 0.01 &"]);
      await waitFor(() => Promise.resolve(!hasProcess(container, "sleep")), {
        what: "the orphan to be reaped",
      });
      expect(container.processes().filter(({ state }) => state === "Z")).toEqual([]);
    });
  });

  it("the instance image ends when its server was killed, so that the kubelet starts it anew", async () => {
    await using container = await startContainer("instance", server);
    kill(container, `${server}-server`);
    expect(await container.exited).toBe(1);
  });

  it("the sentinel image answers its probes, 503 once its sentinel was killed, and keeps no zombie of it", async () => {
    await using container = await startContainer("sentinel", server);
    const client = createSentinelClient({ host, port: container.port });
    expect([await client.healthz(), await client.readyz()]).toEqual([{ ok: true }, { ok: true }]);
    kill(container, `${server}-sentinel`);
    await waitFor(async () => !(await client.healthz()).ok, { what: "/healthz 503" });
    expect(container.processes().map(({ name, state }) => `${name} ${state}`)).not.toContainEqual(
      expect.stringMatching(/sentinel|Z$/),
    );
  });

  it("the instance image becomes a replica and a primary again", async () => {
    await using primary = await startContainer("instance", server);
    await using replica = await startContainer("instance", server);
    const client = createInstanceClient({ host, port: replica.port });
    await client.demote({ primaryIP: host, port: primary.redisPort });
    await waitFor(
      async () => {
        const status = await client.status();
        return status.role === "slave" && status.masterLinkStatus === "up";
      },
      { what: "the replica's link" },
    );
    await client.promote();
    expect(await client.status()).toMatchObject({ role: "master", connected: true });
  });

  it.each(["rdb", "aof"] as const)("the instance image backs up (%s) what it holds", async (method) => {
    await using store = await startObjectStore({ buckets: ["backups"] });
    await using folders = await createPodFolders(store.credentials);
    await using container = await startContainer("instance", server, { folders });
    await write(container, "key", "value");
    const s3 = { bucket: "backups", endpoint: store.endpoint };
    const { objectKey, backupSize, checksumSHA256 } = await createInstanceClient({
      host,
      port: container.port,
    }).backup({ backupName: "image", method, destination: { s3 } });
    const bytes = await store.readObject("backups", objectKey);
    expect({ size: bytes.length, sha256: sha256(bytes) }).toEqual({
      size: backupSize,
      sha256: checksumSHA256,
    });
  });

  it("the instance image has its data after another start on the same volume", async () => {
    await using folders = await createPodFolders(undefined);
    {
      await using first = await startContainer("instance", server, { folders });
      await write(first, "key", "value");
      await first.stop({ graceSeconds: grace.instance });
    }
    await using second = await startContainer("instance", server, { folders });
    expect(await read(second, "key")).toBe("value");
    const configuration = join(folders.data, "redis.conf");
    expect(await readFile(configuration, "utf8")).not.toBe("");
    expect((await stat(configuration)).mode & 0o777).toBe(0o600);
  });
});

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function hasProcess(container: Container, name: string): boolean {
  return container.processes().some((found) => found.name === name);
}

function kill(container: Container, name: string): void {
  const found = container.processes().find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no ${name} runs in the container`);
  process.kill(found.pid, "SIGKILL");
}

async function write(container: Container, key: string, value: string): Promise<void> {
  const redis = new Redis({ host, port: container.redisPort });
  await redis.set(key, value);
  redis.disconnect();
}

async function read(container: Container, key: string): Promise<string | null> {
  const redis = new Redis({ host, port: container.redisPort });
  const value = await redis.get(key);
  redis.disconnect();
  return value;
}
