import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createTemporaryDirectory, startKubernetesApi, startRedisServer } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { ask, becomesReady } from "./answer.ts";
import { runToEnd } from "./ended-manager.ts";
import { clusterName, inKubernetes, startSupervised } from "./instance.ts";

const [self, other] = [`${clusterName}-0`, `${clusterName}-1`];

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

  it("is that of a replica of the pod which status.currentPrimary names", async () => {
    await using api = await startKubernetesApi();
    api.setRedisClusters({ [clusterName]: { status: { currentPrimary: other } } });
    // Documentation addresses (RFC 5737). Redis' port is taken, so that it ends at once and connects to neither.
    api.setPods([
      { name: self, cluster: clusterName, ip: "198.51.100.1" },
      { name: other, cluster: clusterName, ip: "198.51.100.2" },
      { name: other, cluster: "another-cluster", ip: "198.51.100.3" },
    ]);
    await using occupant = await startRedisServer();
    const redisPort = String(occupant.port);
    await using instance = await startSupervised({ ...inKubernetes(api), REDIS_PORT: redisPort });
    expect(await readFile(join(instance.dir, "redis.conf"), "utf8")).toContain(
      `replicaof "198.51.100.2" "${redisPort}"\n`,
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
    ["there is no RedisCluster", undefined],
    ["it names no primary", {}],
    ["it names an empty one", { status: { currentPrimary: "" } }],
  ])("is Redis' own where %s", async (_, cluster) => {
    await using api = await startKubernetesApi();
    if (cluster !== undefined) api.setRedisClusters({ [clusterName]: cluster });
    await using instance = await startSupervised(inKubernetes(api));
    await becomesReady(instance);
    expect(await readStatus(instance)).toMatchObject({ role: "master" });
  });

  it.each(["closes", 403, 500] as const)(
    "is Redis' own, and logged, where the API server is away (%s)",
    async (mode) => {
      await using api = await startKubernetesApi();
      api.setMode(mode);
      await using instance = await startSupervised(inKubernetes(api));
      await becomesReady(instance);
      expect(await readStatus(instance)).toMatchObject({ role: "master" });
      expect(instance.log()).toContainEqual(
        expect.objectContaining({ level: "warn", msg: expect.stringContaining("without a boot role") }),
      );
    },
  );
});

describe("a RedisCluster that can't be understood", () => {
  it.each([
    [{ spec: { redis: ["maxmemory 1gb"] } }, "spec.redis is no object"],
    [{ spec: { redis: { save: { seconds: 900 } } } }, "spec.redis.save is no string"],
    [{ status: { currentPrimary: 0 } }, "status.currentPrimary is no string"],
  ])("is exit code 1 with a line that says why: %j", async (cluster, why) => {
    await using folder = await createTemporaryDirectory("data");
    await using api = await startKubernetesApi();
    api.setRedisClusters({ [clusterName]: cluster });
    const { code, output } = await runToEnd({ ...inKubernetes(api), DATA_DIR: folder.path });
    expect(code).toBe(1);
    expect(output).toContain(`RedisCluster default/${clusterName}: ${why}`);
    expect(output).not.toContain("redis-server started");
  });
});

describe("what is read of Kubernetes", () => {
  it("is the RedisCluster and its data pods, with the pod's own token", async () => {
    await using api = await startKubernetesApi({ namespace: "shop" });
    await using instance = await startSupervised(inKubernetes(api));
    await becomesReady(instance);
    const reads = api.requests.filter(({ url }) => url !== "/livez");
    expect(
      new Set(reads.map(({ method, url, authorization }) => [method, url, authorization].join(" "))),
    ).toEqual(
      new Set([
        `GET /apis/redis.io/v1/namespaces/shop/redisclusters/${clusterName} Bearer token-0`,
        `GET /api/v1/namespaces/shop/pods?labelSelector=redis.io%2Fcluster%3D${clusterName}%2Credis.io%2Fworkload%3Ddata&limit=50 Bearer token-0`,
      ]),
    );
  });

  it("is of the service account's namespace where POD_NAMESPACE names none", async () => {
    await using api = await startKubernetesApi({ namespace: "shop" });
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
