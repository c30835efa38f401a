import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory, startKubernetesApi, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomesReady, plainText, post } from "./answer.ts";
import { runToEnd } from "./ended-manager.ts";
import { clusterName, inKubernetes, startSupervised } from "./instance.ts";

const [self, other] = [`${clusterName}-0`, `${clusterName}-1`];

function stateFile({ path }: { readonly path: string }): string {
  return join(path, ".cluster-state.json");
}

async function readStatus(manager: { readonly url: string }): Promise<unknown> {
  return JSON.parse((await ask(manager, "/v1/status")).body);
}

describe("the role in which Redis starts", () => {
  it("is that of the primary where status.currentPrimary names this pod", async () => {
    await using api = await startKubernetesApi();
    api.setRedisClusters({ [clusterName]: { status: { currentPrimary: self } } });
    await using instance = await startSupervised(inKubernetes(api));
    await becomesReady(instance);
    expect(await readStatus(instance)).toMatchObject({ role: "master" });
  });

  it("is that of a replica of the pod which status.currentPrimary names, from the start", async () => {
    await using api = await startKubernetesApi();
    api.setRedisClusters({ [clusterName]: { status: { currentPrimary: other } } });
    // Documentation addresses (RFC 5737).
    api.setPods([
      { name: self, cluster: clusterName, ip: "198.51.100.1" },
      { name: other, cluster: clusterName, ip: "198.51.100.2" },
      { name: "another-1", cluster: "another", ip: "198.51.100.3" },
    ]);
    await using instance = await startSupervised(inKubernetes(api));
    await becomesReady(instance);
    expect(await readStatus(instance)).toMatchObject({
      role: "slave",
      primary: { host: "198.51.100.2", port: instance.redisPort },
    });
    expect(await readFile(join(instance.dir, "redis.conf"), "utf8")).toContain(
      `replicaof "198.51.100.2" "${instance.redisPort}"\n`,
    );
  });

  it("is that of a replica, never of a second primary, while the primary's pod has no address", async () => {
    await using api = await startKubernetesApi();
    api.setRedisClusters({ [clusterName]: { status: { currentPrimary: other } } });
    await using instance = await startSupervised(inKubernetes(api));
    await becomesReady(instance);
    expect(await readStatus(instance)).toMatchObject({
      role: "slave",
      masterLinkStatus: "down",
    });
  });

  it("outlives a past as the primary", async () => {
    await using folder = await createTemporaryDirectory("data");
    await using api = await startKubernetesApi();
    const env = { ...inKubernetes(api), DATA_DIR: folder.path };
    for (const [currentPrimary, role] of [
      [self, "master"],
      [other, "slave"],
      [self, "master"],
    ] as const) {
      api.setRedisClusters({ [clusterName]: { status: { currentPrimary } } });
      await using instance = await startSupervised(env);
      await becomesReady(instance);
      expect(await readStatus(instance)).toMatchObject({ role });
    }
  });

  it.each([
    ["it names no primary", {}],
    ["it names an empty one", { status: { currentPrimary: "" } }],
  ])("is nobody's, read-only and ready, where %s, until it is named or promoted", async (_, cluster) => {
    await using api = await startKubernetesApi();
    api.setRedisClusters({ [clusterName]: cluster });
    await using named = await startSupervised(inKubernetes(api));
    await using promoted = await startSupervised({ ...inKubernetes(api), POD_NAME: other });
    for (const instance of [named, promoted]) {
      await becomesReady(instance);
      expect(await readStatus(instance)).toMatchObject({
        role: "slave",
        primary: { host: "127.0.0.1", port: instance.redisPort },
      });
      await expect(instance.send("SET", "key", "value")).rejects.toThrow("READONLY");
    }
    expect(await post(promoted, "/v1/promote")).toEqual(plainText(200, "promoted"));
    expect(await promoted.send("SET", "key", "value")).toBe("OK");
    api.setRedisClusters({ [clusterName]: { status: { currentPrimary: self } } });
    await waitFor(async () => (await named.send("SET", "key", "value")) === "OK", { what: "the promotion" });
  });

  it.each(["stalled", 403] as const)(
    "is the one of the run before while the API server is away (%s)",
    async (mode) => {
      await using folder = await createTemporaryDirectory("data");
      await using api = await startKubernetesApi();
      const env = { ...inKubernetes(api), DATA_DIR: folder.path };
      for (const [currentPrimary, role] of [
        [self, "master"],
        [other, "slave"],
      ] as const) {
        api.setMode("ok");
        api.setRedisClusters({ [clusterName]: { status: { currentPrimary } } });
        {
          await using instance = await startSupervised(env);
          await becomesReady(instance);
          await waitFor(async () => (await readFile(stateFile(folder), "utf8")).includes(currentPrimary), {
            what: "the state to be stored",
          });
        }
        api.setMode(mode);
        await using instance = await startSupervised(env);
        await becomesReady(instance);
        expect(await readStatus(instance)).toMatchObject({ role });
      }
    },
  );

  it.each(["closes", "stalled", 403, 500] as const)(
    "is nobody's, alive and not ready, where nothing is known of the RedisCluster (%s), until it is read",
    async (mode) => {
      await using api = await startKubernetesApi();
      api.setMode(mode);
      api.setRedisClusters({ [clusterName]: { status: { currentPrimary: self } } });
      await using instance = await startSupervised(inKubernetes(api));
      const reason =
        "redis not ready: its role is unknown: the RedisCluster can't be read, and nothing is stored of an earlier run";
      await waitFor(async () => (await ask(instance, "/readyz")).body === reason, { what: reason });
      expect((await ask(instance, "/healthz")).status).toBe(200);
      await expect(instance.send("SET", "key", "value")).rejects.toThrow("READONLY");
      api.setMode("ok");
      await becomesReady(instance);
      expect(await readStatus(instance)).toMatchObject({ role: "master" });
    },
  );

  it("is answered by the probes before it is known", async () => {
    await using api = await startKubernetesApi();
    api.setMode("stalled");
    await using instance = await startSupervised(inKubernetes(api));
    expect(await ask(instance, "/healthz")).toEqual(plainText(200, "ok"));
    expect(await ask(instance, "/readyz")).toEqual(
      plainText(503, "redis not ready: its role is not known yet"),
    );
  });

  it("is that of a primary where there is no Kubernetes", async () => {
    await using instance = await startSupervised();
    await becomesReady(instance);
    expect(await readStatus(instance)).toMatchObject({ role: "master" });
  });

  it("is that of a replica of REDIS_PRIMARY, which wins over the RedisCluster", async () => {
    await using api = await startKubernetesApi();
    api.setRedisClusters({ [clusterName]: { status: { currentPrimary: self } } });
    await using primary = await startSupervised();
    await becomesReady(primary);
    await primary.send("SET", "key", "value");
    await using instance = await startSupervised({
      ...inKubernetes(api),
      REDIS_PRIMARY: `127.0.0.1:${primary.redisPort}`,
    });
    const isSynced = async () => (await instance.send("GET", "key")) === "value";
    expect(await waitFor(isSynced, { what: "the sync" })).toBe(true);
  });
});

describe("a RedisCluster that can't be understood", () => {
  it.each([
    [{ spec: { redis: ["maxmemory 1gb"] } }, "spec.redis is no object"],
    [{ spec: { redis: { save: { seconds: 900 } } } }, "spec.redis.save is no string"],
    [{ status: { currentPrimary: 0 } }, "status.currentPrimary is no string"],
  ])("leaves the role unknown, with a line that says why, until it can: %j", async (cluster, why) => {
    await using api = await startKubernetesApi();
    api.setRedisClusters({ [clusterName]: cluster });
    await using instance = await startSupervised(inKubernetes(api));
    await waitFor(() => instance.process.output().includes(`RedisCluster default/${clusterName}: ${why}`), {
      what: "the reason",
    });
    expect((await ask(instance, "/readyz")).status).toBe(503);
    api.setRedisClusters({ [clusterName]: { status: { currentPrimary: self } } });
    await becomesReady(instance);
  });
});

describe("what is read of Kubernetes", () => {
  it("is the RedisCluster and its data pods, with the pod's own token", async () => {
    await using api = await startKubernetesApi({ namespace: "shop" });
    api.setRedisClusters({ [clusterName]: {} });
    await using instance = await startSupervised(inKubernetes(api));
    await becomesReady(instance);
    const reads = api.requests.filter(({ url }) => url !== "/livez");
    expect(new Set(reads.map(({ method, authorization }) => `${method} ${authorization}`))).toEqual(
      new Set(["GET Bearer token-0"]),
    );
    const resources = reads.map(({ url }) => {
      const { pathname, searchParams } = new URL(url, "https://kubernetes");
      const selector = searchParams.get("fieldSelector") ?? searchParams.get("labelSelector");
      return selector === null ? pathname : `${pathname} ${selector}`;
    });
    const redisClusters = "/apis/redis.io/v1/namespaces/shop/redisclusters";
    expect(new Set(resources)).toEqual(
      new Set([
        `${redisClusters}/${clusterName}`,
        `${redisClusters} metadata.name=${clusterName}`,
        `/api/v1/namespaces/shop/pods redis.io/cluster=${clusterName},redis.io/workload=data`,
      ]),
    );
  });

  it("is of the service account's namespace where POD_NAMESPACE names none", async () => {
    await using api = await startKubernetesApi({ namespace: "shop" });
    api.setRedisClusters({ [clusterName]: {} });
    await using instance = await startSupervised({ ...inKubernetes(api), POD_NAMESPACE: "" });
    await becomesReady(instance);
    expect(api.requests.map(({ url }) => url)).toContain(
      `/apis/redis.io/v1/namespaces/shop/redisclusters/${clusterName}`,
    );
  });
});

describe("spec.redis", () => {
  it("is in force", async () => {
    await using api = await startKubernetesApi();
    api.setRedisClusters({
      [clusterName]: {
        spec: { redis: { maxmemory: "64mb", "maxmemory-policy": "allkeys-lru", save: "900 1" } },
      },
    });
    await using instance = await startSupervised(inKubernetes(api));
    await becomesReady(instance);
    for (const [name, value] of [
      ["maxmemory", "67108864"],
      ["maxmemory-policy", "allkeys-lru"],
      ["save", "900 1"],
    ] as const) {
      expect(await instance.send("CONFIG", "GET", name)).toEqual([name, value]);
    }
  });

  it.each([
    ["port", "7000", "spec.redis sets port, which belongs to the manager"],
    ["Requirepass", "secret-value", "spec.redis sets requirepass, which belongs to the manager"],
    ["replicaof", "10.0.0.7 6379", "spec.redis sets replicaof, which belongs to the manager"],
    ["maxmemory", "1mb\nport 1", "spec.redis sets maxmemory to a value of several lines"],
    ["max memory", "1mb", "is no directive of redis.conf"],
  ])("that sets %s to %j is exit code 1 with a line that says why", async (name, value, why) => {
    await using folder = await createTemporaryDirectory("data");
    await using api = await startKubernetesApi();
    api.setRedisClusters({ [clusterName]: { spec: { redis: { [name]: value } } } });
    const { code, output } = await runToEnd({ ...inKubernetes(api), DATA_DIR: folder.path });
    expect(code).toBe(1);
    expect(output).toContain(why);
    expect(output).not.toContain("secret-value");
    expect(output).not.toContain("redis-server started");
  });
});
