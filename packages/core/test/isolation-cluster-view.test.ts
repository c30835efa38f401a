import { startKubernetesApi, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { type ClusterViewOptions, createClusterView } from "../src/isolation/cluster-view.ts";
import { createKubernetesApi, type KubernetesApiOptions } from "../src/kubernetes/api.ts";
import { createRecordingLogger } from "./recording-logger.ts";

const defaults = { enabled: true, apiServerTimeoutMs: 5_000, peerTimeoutMs: 5_000 };

function createView(options: Partial<ClusterViewOptions> & { server?: KubernetesApiOptions } = {}) {
  const { logger, lines } = createRecordingLogger();
  const { server, ...rest } = options;
  const view = createClusterView({
    kubernetes: server && {
      api: createKubernetesApi(server),
      cluster: { namespace: "default", name: "cache" },
    },
    staticPeers: [],
    peerPort: 8080,
    own: { podName: "cache-0", ipAddresses: ["10.0.0.1"], port: 8080 },
    settings: { environment: {}, defaults },
    refreshIntervalMs: 10,
    requestTimeoutMs: 10_000,
    logger,
    ...rest,
  });
  return { view, lines, [Symbol.dispose]: () => view.stop() };
}

const pod = (name: string, ip: string) => ({ name, ip, cluster: "cache" });
const known = (what: string) => ({ what: `the view to know ${what}` });

describe("createClusterView", () => {
  it("holds what is configured when there is no Kubernetes, without its own manager", () => {
    const staticPeers = [
      { host: "10.0.0.1", port: 8080 },
      { host: "10.0.0.1", port: 8081 },
      { host: "cache-0.cache", port: 8080 },
      { host: "cache-1.cache", port: 8080 },
      { host: "cache-1.cache", port: 8080 },
    ];
    using setup = createView({ staticPeers });
    setup.view.start();
    expect(setup.view.peers()).toEqual([
      { host: "10.0.0.1", port: 8081 },
      { host: "cache-1.cache", port: 8080 },
    ]);
    expect(setup.view.isolationSettings()).toEqual(defaults);
  });

  it("adds the data pods to the configured peers, each once, without its own pod", async () => {
    await using server = await startKubernetesApi();
    server.setPods([pod("cache-0", "10.0.0.9"), pod("cache-1", "10.0.0.2"), pod("cache-2", "fd00::3")]);
    using setup = createView({ server, staticPeers: [{ host: "10.0.0.2", port: 8080 }] });
    setup.view.start();
    await waitFor(() => setup.view.peers().length > 1, known("the pods"));
    expect(setup.view.peers()).toEqual([
      { host: "10.0.0.2", port: 8080 },
      { host: "fd00::3", port: 8080 },
    ]);
  });

  it("leaves out a pod at its own address when it doesn't know its name", async () => {
    await using server = await startKubernetesApi();
    server.setPods([pod("cache-0", "10.0.0.1"), pod("cache-1", "10.0.0.2")]);
    using setup = createView({ server, own: { podName: undefined, ipAddresses: ["10.0.0.1"], port: 8080 } });
    setup.view.start();
    await waitFor(() => setup.view.peers().length > 0, known("the pods"));
    expect(setup.view.peers()).toEqual([{ host: "10.0.0.2", port: 8080 }]);
  });

  it("follows pods that come and go, and fields that are set and removed", async () => {
    await using server = await startKubernetesApi();
    server.setPods([pod("cache-1", "10.0.0.2")]);
    server.setRedisClusters({ cache: { spec: { primaryIsolation: { enabled: false } } } });
    using setup = createView({ server });
    setup.view.start();
    await waitFor(() => setup.view.peers().length === 1, known("the pod"));
    await waitFor(() => !setup.view.isolationSettings().enabled, known("the field"));
    server.setPods([pod("cache-2", "10.0.0.3")]);
    server.setRedisClusters({ cache: {} });
    await waitFor(() => setup.view.peers()[0]?.host === "10.0.0.3", known("the pod that came"));
    await waitFor(() => setup.view.isolationSettings().enabled, known("that the field is gone"));
    expect(setup.view.isolationSettings()).toEqual(defaults);
  });

  it("keeps the peers that it knew when the list names none but itself", async () => {
    await using server = await startKubernetesApi();
    server.setPods([pod("cache-1", "10.0.0.2")]);
    using setup = createView({ server });
    setup.view.start();
    await waitFor(() => setup.view.peers().length === 1, known("the pod"));
    server.setPods([pod("cache-0", "10.0.0.1")]);
    const listed = server.requests.length;
    await waitFor(() => server.requests.length > listed + 4, { what: "two more refreshes" });
    expect(setup.view.peers()).toEqual([{ host: "10.0.0.2", port: 8080 }]);
  });

  it("lets variables win over the RedisCluster's fields", async () => {
    await using server = await startKubernetesApi();
    const primaryIsolation = { enabled: false, apiServerTimeout: "1s", peerTimeout: "2s" };
    server.setRedisClusters({ cache: { spec: { primaryIsolation } } });
    using setup = createView({ server, settings: { environment: { enabled: true }, defaults } });
    setup.view.start();
    await waitFor(() => setup.view.isolationSettings().peerTimeoutMs === 2_000, known("the fields"));
    expect(setup.view.isolationSettings()).toEqual({
      enabled: true,
      apiServerTimeoutMs: 1_000,
      peerTimeoutMs: 2_000,
    });
  });

  it("keeps what it read last while reads fail, and logs each change of that once", async () => {
    await using server = await startKubernetesApi();
    const attempts = (count: number) => {
      const goal = server.requests.length + count;
      return waitFor(() => server.requests.length >= goal, { what: `${count} more requests` });
    };
    server.setPods([pod("cache-1", "10.0.0.2")]);
    server.setRedisClusters({ cache: { spec: { primaryIsolation: { enabled: false } } } });
    using setup = createView({ server });
    setup.view.start();
    await waitFor(() => setup.view.peers().length === 1, known("the pod"));
    await waitFor(() => !setup.view.isolationSettings().enabled, known("the field"));

    server.setMode(403);
    await attempts(6);
    server.setMode("no-json");
    await attempts(6);
    server.setMode("ok");
    await waitFor(() => setup.lines.filter(({ level }) => level === "info").length === 2, {
      what: "both reads to work again",
    });

    expect(setup.view.peers()).toEqual([{ host: "10.0.0.2", port: 8080 }]);
    expect(setup.view.isolationSettings().enabled).toBe(false);
    const ofPods = setup.lines.filter(({ fields }) => fields["what"] === "pods");
    expect(ofPods).toMatchObject([
      { level: "warn", fields: { err: { code: "KUBERNETES_REFUSED" } } },
      { level: "warn", fields: { err: { code: "KUBERNETES_REPLY_INVALID" } } },
      { level: "info", message: "reading from Kubernetes works again" },
    ]);
    expect(setup.lines).toHaveLength(6);
  });

  it("reads the pods even when it may not read the RedisCluster", async () => {
    await using server = await startKubernetesApi();
    server.setPods([pod("cache-1", "10.0.0.2")]);
    using setup = createView({ server });
    setup.view.start();
    await waitFor(() => setup.view.peers().length === 1, known("the pod"));
    await waitFor(() => setup.lines.length > 0, { what: "the failure to be logged" });
    expect(setup.lines).toMatchObject([{ level: "warn", fields: { what: "RedisCluster" } }]);
  });

  it("ends a request under way when it is stopped, silently", async () => {
    await using server = await startKubernetesApi();
    server.setMode("stalled");
    const setup = createView({ server });
    setup.view.start();
    await waitFor(() => server.open() === 2, { what: "both requests to be under way" });
    setup.view.stop();
    await waitFor(() => server.open() === 0, { what: "both requests to be ended" });
    expect(setup.lines).toEqual([]);
  });
});
