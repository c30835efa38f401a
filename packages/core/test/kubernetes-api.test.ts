import { copyFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, type KubernetesApiMode, startKubernetesApi } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { createKubernetesApi } from "../src/kubernetes/api.ts";
import { listDataPods } from "../src/kubernetes/data-pods.ts";
import { parseCurrentPrimary, readRedisCluster } from "../src/kubernetes/redis-cluster.ts";
import { readNamespace } from "../src/kubernetes/service-account.ts";

const deadline = { timeoutMs: 10_000 };
const cluster = { namespace: "default", name: "cache" };
const path = "/apis/redis.io/v1/namespaces/default/redisclusters/cache";

describe("getJson", () => {
  it("reads a resource with the service account's token", async () => {
    await using server = await startKubernetesApi();
    server.setRedisClusters({ cache: { spec: {} } });
    expect(await createKubernetesApi(server).getJson(path, deadline)).toMatchObject({ spec: {} });
    expect(server.requests).toEqual([{ method: "GET", url: path, authorization: "Bearer token-0" }]);
  });

  it("takes up a rotated token and a rotated CA without a restart", async () => {
    await using server = await startKubernetesApi();
    await using other = await startKubernetesApi();
    server.setRedisClusters({ cache: {} });
    const api = createKubernetesApi({ ...server, serviceAccountDir: other.serviceAccountDir });
    await expect(api.getJson(path, deadline)).rejects.toMatchObject({ code: "KUBERNETES_UNREACHABLE" });
    await copyFile(server.caFile, other.caFile);
    expect(await api.getJson(path, deadline)).toMatchObject({ metadata: { name: "cache" } });
    await server.rotateToken();
    await expect(api.getJson(path, deadline)).rejects.toMatchObject({ code: "KUBERNETES_REFUSED" });
    await other.rotateToken();
    expect(await api.getJson(path, deadline)).toMatchObject({ metadata: { name: "cache" } });
  });

  it.each([
    [401, "Unauthorized"],
    [403, "Forbidden"],
    [429, "TooManyRequests"],
    [500, "InternalError"],
  ] as const)("answers KUBERNETES_REFUSED with the reason on %i", async (status, reason) => {
    await using server = await startKubernetesApi();
    server.setMode(status);
    const api = createKubernetesApi(server);
    await expect(api.getJson(path, deadline)).rejects.toMatchObject({
      code: "KUBERNETES_REFUSED",
      message: `GET ${path} on the API server at ${api.address} was answered ${status}: ${reason}, refused with ${status}`,
    });
  });

  it("answers KUBERNETES_REFUSED for a resource that isn't there", async () => {
    await using server = await startKubernetesApi();
    await expect(createKubernetesApi(server).getJson(path, deadline)).rejects.toMatchObject({
      code: "KUBERNETES_REFUSED",
      message: expect.stringContaining("was answered 404: NotFound"),
    });
  });

  it.each<[KubernetesApiMode, string]>([
    ["no-json", "was answered without JSON"],
    ["endless-body", "the reply exceeds 4194304 bytes"],
  ])("answers KUBERNETES_REPLY_INVALID in mode %s", async (mode, why) => {
    await using server = await startKubernetesApi();
    server.setMode(mode);
    await expect(createKubernetesApi(server).getJson(path, deadline)).rejects.toMatchObject({
      code: "KUBERNETES_REPLY_INVALID",
      message: expect.stringContaining(why),
    });
  });

  it.each<KubernetesApiMode>(["stalled", "slow-head", "slow-body"])(
    "answers KUBERNETES_UNREACHABLE at the deadline in mode %s",
    async (mode) => {
      await using server = await startKubernetesApi();
      server.setMode(mode);
      await expect(createKubernetesApi(server).getJson(path, { timeoutMs: 200 })).rejects.toMatchObject({
        code: "KUBERNETES_UNREACHABLE",
        message: expect.stringMatching(/failed: timed out after 200 ms$/),
      });
    },
  );

  it.each<KubernetesApiMode>(["closes", "plain-http"])(
    "answers KUBERNETES_UNREACHABLE in mode %s",
    async (mode) => {
      await using server = await startKubernetesApi();
      server.setMode(mode);
      await expect(createKubernetesApi(server).getJson(path, deadline)).rejects.toMatchObject({
        code: "KUBERNETES_UNREACHABLE",
      });
    },
  );

  it("answers KUBERNETES_UNREACHABLE with the reason when nothing listens", async () => {
    await using server = await startKubernetesApi();
    const api = createKubernetesApi({ ...server, port: await freePort() });
    await expect(api.getJson(path, deadline)).rejects.toMatchObject({
      code: "KUBERNETES_UNREACHABLE",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it.each(["token", "ca.crt"])("asks nothing when %s is missing or empty", async (file) => {
    await using server = await startKubernetesApi();
    const api = createKubernetesApi(server);
    const account = join(server.serviceAccountDir, file);
    await rm(account);
    await expect(api.getJson(path, deadline)).rejects.toMatchObject({
      code: "KUBERNETES_UNREACHABLE",
      message: expect.stringContaining(`reading the service account file ${account} failed: ENOENT`),
    });
    await writeFile(account, "\n");
    await expect(api.getJson(path, deadline)).rejects.toMatchObject({
      code: "KUBERNETES_UNREACHABLE",
      message: expect.stringContaining("it is empty"),
    });
    expect(server.requests).toEqual([]);
  });

  it("keeps a garbled token out of the message", async () => {
    await using server = await startKubernetesApi();
    await writeFile(join(server.serviceAccountDir, "token"), "se\ncret");
    await expect(createKubernetesApi(server).getJson(path, deadline)).rejects.toMatchObject({
      code: "KUBERNETES_UNREACHABLE",
      message: expect.not.stringContaining("cret"),
    });
  });

  it("says that it was cancelled", async () => {
    await using server = await startKubernetesApi();
    const options = { ...deadline, signal: AbortSignal.abort() };
    await expect(createKubernetesApi(server).getJson(path, options)).rejects.toMatchObject({
      code: "KUBERNETES_UNREACHABLE",
      message: expect.stringMatching(/failed: cancelled$/),
    });
  });

  it("reads over IPv6, and the namespace from its file", async () => {
    await using server = await startKubernetesApi({ host: "::1", namespace: "prod" });
    server.setRedisClusters({ cache: { status: { currentPrimary: "cache-0" } } });
    const namespace = readNamespace(server.serviceAccountDir);
    const read = await readRedisCluster(createKubernetesApi(server), { namespace, name: "cache" }, deadline);
    expect(parseCurrentPrimary(read)).toBe("cache-0");
  });
});

describe("listDataPods", () => {
  it("lists the cluster's data pods, not those that are going, gone or without an address", async () => {
    await using server = await startKubernetesApi();
    server.setPods([
      { name: "cache-0", cluster: "cache", ip: "10.0.0.1" },
      { name: "cache-1", cluster: "cache", ip: "fd00::1" },
      { name: "cache-2", cluster: "cache" },
      { name: "cache-3", cluster: "cache", ip: "10.0.0.3", isBeingDeleted: true },
      { name: "cache-4", cluster: "cache", ip: "10.0.0.4", phase: "Failed" },
      { name: "cache-5", cluster: "cache", ip: "10.0.0.5", phase: "Succeeded" },
      { name: "cache-6", cluster: "cache", ip: "not an address" },
      { name: "cache-sentinel-0", cluster: "cache", ip: "10.0.0.7", workload: "sentinel" },
      { name: "queue-0", cluster: "queue", ip: "10.0.0.8" },
    ]);
    expect(await listDataPods(createKubernetesApi(server), cluster, deadline)).toEqual({
      pods: [
        { name: "cache-0", ip: "10.0.0.1" },
        { name: "cache-1", ip: "fd00::1" },
      ],
      resourceVersion: expect.stringMatching(/^\d+$/),
    });
  });

  it("reads every page of a long list", async () => {
    await using server = await startKubernetesApi();
    const pods = Array.from({ length: 120 }, (_, index) => ({
      name: `cache-${index}`,
      ip: `10.0.0.${index}`,
    }));
    server.setPods(pods.map((pod) => ({ ...pod, cluster: "cache" })));
    expect((await listDataPods(createKubernetesApi(server), cluster, deadline)).pods).toEqual(pods);
    expect(server.requests).toHaveLength(3);
  });

  it("gives up on a list without an end", async () => {
    const api = {
      address: "endless",
      getJson: async () => ({ items: [], metadata: { continue: "again" } }),
      watch: async () => undefined,
    };
    await expect(listDataPods(api, cluster, deadline)).rejects.toMatchObject({
      code: "KUBERNETES_REPLY_INVALID",
    });
  });
});
